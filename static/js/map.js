// A map of points that is useful without tiles: the coast, hills, beaches and places are our own drawing.
//
// The element (see the macro `map`): data-points = id of the JSON block, data-outline = GeoJSON,
// data-tiles = optional tile address, data-bbox-form = id of the form whose field "bbox" takes
// "lat0,lon0,lat1,lon1" when the reader searches there (see map-search.js), data-fit="bulk" to open on where most
// points lie together, since one far island would shrink the towns to dots.
// A list item with data-point="id" lights up its marker and is lit up by it.

import { searchByMap } from "./map-search.js";
import { texts } from "./requests.js";

const HOME = [[10.31, 107.05], [10.41, 107.16]];
const english = document.documentElement.lang === "en";

async function leaflet() {
  if (!window.L) {
    const sheet = document.createElement("link");
    Object.assign(sheet, { rel: "stylesheet", href: new URL("../css/leaflet.css", import.meta.url).href });
    const loaded = new Promise((resolve) => { sheet.onload = sheet.onerror = resolve; });
    document.head.append(sheet);
    await Promise.all([loaded, import("../vendor/leaflet/leaflet.js")]);
  }
  return window.L;
}

function label(L, feature) {
  const { name, en, mark = feature.properties.kind, side = "right" } = feature.properties;
  const text = document.createElement("span");
  text.textContent = (english && en) || name;
  const [lon, lat] = feature.geometry.coordinates;
  return L.marker([lat, lon], {
    interactive: false,
    keyboard: false,
    pane: "names",
    icon: L.divIcon({ className: `map-label map-label-${mark} map-label-${side}`, html: text, iconSize: [0, 0] }),
  });
}

async function drawOutline(L, map, url) {
  const drawing = await (await fetch(url)).json();
  const isPoint = (feature) => feature.geometry.type === "Point";
  const order = ["land", "hill", "road", "coast", "beach"];
  const shapes = drawing.features.filter((feature) => !isPoint(feature));
  shapes.sort((a, b) => order.indexOf(a.properties.kind) - order.indexOf(b.properties.kind));
  // One layer a kind, since Leaflet's options are given once a path and classes do the colours.
  for (const feature of shapes) {
    const { kind, zoom = 0 } = feature.properties;
    const layer = L.geoJSON(feature, { interactive: false, style: { className: `map-${kind}`, fill: kind === "land" || kind === "hill" } });
    const show = () => (map.getZoom() >= zoom ? layer.addTo(map) : layer.remove());
    map.on("zoomend", show);
    show();
  }
  const labels = drawing.features.filter(isPoint).map((feature) => [feature.properties, label(L, feature)]);
  const show = () => {
    for (const [{ zoom, until = 99 }, marker] of labels) {
      if (map.getZoom() >= zoom && map.getZoom() <= until) marker.addTo(map);
      else marker.remove();
    }
  };
  map.on("zoomend", show);
  show();
}

// Points closer than a fingertip become one marker that opens when it is chosen.
function gather(map, points, distance = 40) {
  const groups = [];
  for (const point of points) {
    const at = map.latLngToLayerPoint([point.lat, point.lon]);
    const near = groups.find((group) => group.at.distanceTo(at) < distance);
    if (near) near.points.push(point);
    else groups.push({ at, points: [point] });
  }
  return groups;
}

function popup(point) {
  const box = document.createElement("div");
  const name = document.createElement(point.url ? "a" : "strong");
  if (point.url) name.href = point.url;
  name.textContent = point.name;
  box.append(name);
  for (const line of [point.text, point.price]) {
    if (line) box.append(Object.assign(document.createElement("p"), { textContent: line }));
  }
  return box;
}

function light(id, on, markers) {
  document.querySelectorAll(`[data-point="${CSS.escape(id)}"]`).forEach((item) => item.classList.toggle("is-lit", on));
  const marker = markers.get(id);
  marker?.getElement()?.classList.toggle("is-lit", on);
  marker?.setZIndexOffset(on ? 1000 : 0);
}

function one(L, map, point, markers) {
  const unknown = point.count === null || point.count === undefined;
  const text = Object.assign(document.createElement("span"), { className: `vacancy-${point.step ?? "unknown"}`, textContent: point.label ?? (unknown ? "?" : point.count) });
  const marker = L.marker([point.lat, point.lon], {
    title: [point.name, point.text].filter(Boolean).join(": "),
    riseOnHover: true,
    icon: L.divIcon({ className: "map-point", html: text, iconSize: null }),
  });
  marker.bindPopup(() => popup(point), { offset: [0, -12] });
  marker.on("mouseover popupopen", () => light(String(point.id), true, markers));
  marker.on("mouseout popupclose", () => light(String(point.id), false, markers));
  markers.set(String(point.id), marker);
  return marker;
}

function many(L, map, points, markers) {
  const best = points.reduce((a, b) => ((b.step ?? -1) > (a.step ?? -1) ? b : a));
  const text = Object.assign(document.createElement("span"), { className: `vacancy-${best.step ?? "unknown"}`, textContent: `${points.length} ${texts.places}` });
  const marker = L.marker([best.lat, best.lon], {
    title: points.map((point) => point.name).join(", "),
    icon: L.divIcon({ className: "map-point map-points", html: text, iconSize: null }),
  });
  const bounds = L.latLngBounds(points.map((point) => [point.lat, point.lon]));
  marker.on("click", () => map.fitBounds(bounds.pad(0.3), { maxZoom: 18 }));
  for (const point of points) markers.set(String(point.id), marker);
  return marker;
}

function drawPoints(L, map, points) {
  const markers = new Map();
  let shown = points;
  const layer = L.layerGroup().addTo(map);
  const draw = () => {
    layer.clearLayers();
    markers.clear();
    for (const { points: near } of gather(map, shown)) {
      const marker = near.length === 1 || map.getZoom() >= 17 ? near.map((point) => one(L, map, point, markers)) : [many(L, map, near, markers)];
      marker.forEach((each) => layer.addLayer(each));
    }
  };
  map.on("zoomend", draw);
  draw();
  return { markers, show: (others) => { shown = others; draw(); } };
}

function pointsOf(element) {
  const text = document.getElementById(element.dataset.points)?.textContent || "[]";
  return JSON.parse(text).filter((point) => point.lat !== null && point.lon !== null);
}

// By keyboard: a popup takes the focus when its marker was chosen, and gives it back when it closes.
function followFocus(map) {
  map.on("popupopen", ({ popup: opened }) => {
    const marker = opened._source?.getElement();
    if (document.activeElement !== marker) return;
    opened.getElement().querySelector("a[href]:not(.leaflet-popup-close-button)")?.focus();
  });
  // Leaflet listens for Escape only while the map itself has the focus.
  map.getPane("popupPane").addEventListener("keydown", (event) => { if (event.key === "Escape") map.closePopup(); });
  map.on("popupclose", ({ popup: closed }) => {
    const inside = closed.getElement()?.contains(document.activeElement);
    if (inside) closed._source?.getElement()?.focus({ preventScroll: true });
  });
}

const NAME_PLACES = ["", "-50% 1.25rem", "-50% calc(-100% - 1.25rem)", "2.25rem -50%", "calc(-100% - 2.25rem) -50%"];

// A name moves aside of the markers and of other names; one that finds no place is left out.
function settleNames(map) {
  const taken = [...map.getPane("markerPane").querySelectorAll(".map-point > span")].map((span) => span.getBoundingClientRect());
  const isFree = (box) => taken.every((other) => box.right < other.left || box.left > other.right || box.bottom < other.top || box.top > other.bottom);
  for (const name of map.getPane("names").querySelectorAll(".map-label > span")) {
    const place = NAME_PLACES.find((each) => {
      name.style.translate = each;
      return isFree(name.getBoundingClientRect());
    });
    name.style.visibility = place === undefined ? "hidden" : "";
    if (place !== undefined) taken.push(name.getBoundingClientRect());
  }
}

function followList(element, markers) {
  const stop = new AbortController();
  const listen = (on) => (event) => {
    if (!element.isConnected) return stop.abort();
    const item = event.target.closest?.("[data-point]");
    if (item && !element.contains(item)) light(item.dataset.point, on, markers);
  };
  for (const type of ["mouseover", "focusin"]) document.addEventListener(type, listen(true), { signal: stop.signal });
  for (const type of ["mouseout", "focusout"]) document.addEventListener(type, listen(false), { signal: stop.signal });
}

const KM_A_DEGREE = 111;
const FAR_KM = 100;

// Nine tenths of the points: those nearest to the middle one, without what lies far across the sea.
function bulk(points) {
  const middle = (name) => points.map((point) => point[name]).sort((a, b) => a - b)[Math.floor(points.length / 2)];
  const [lat, lon] = [middle("lat"), middle("lon")];
  const away = (point) => KM_A_DEGREE * Math.hypot(point.lat - lat, (point.lon - lon) * Math.cos((lat * Math.PI) / 180));
  const near = points.filter((point) => away(point) < FAR_KM).sort((a, b) => away(a) - away(b));
  return near.length ? near.slice(0, Math.ceil(near.length * 0.9)) : points;
}

function look(map, all, form, fit) {
  const points = fit === "bulk" ? bulk(all) : all;
  const box = form?.elements.bbox?.value.split(",").map(Number);
  if (box?.length === 4 && box.every(Number.isFinite)) map.fitBounds([[box[0], box[1]], [box[2], box[3]]], { animate: false });
  else if (points.length) map.fitBounds(points.map((point) => [point.lat, point.lon]), { padding: [36, 36], maxZoom: 15, animate: false });
  else map.fitBounds(HOME, { animate: false });
}

export async function mount(element) {
  const L = await leaflet();
  // An older map may have taken the place of this one meanwhile.
  if (!element.isConnected) return;
  const points = pointsOf(element);
  const form = document.getElementById(element.dataset.bboxForm ?? "");
  const map = L.map(element, { minZoom: 5, maxZoom: 18, zoomSnap: 0.5, scrollWheelZoom: false, zoomControl: false, attributionControl: Boolean(element.dataset.tiles), maxBounds: [[6.5, 101.5], [23, 117.5]] });
  if (element.dataset.tiles) L.tileLayer(element.dataset.tiles, { attribution: element.dataset.attribution, maxZoom: 19 }).addTo(map);
  // The wheel belongs to the page until the reader has chosen the map.
  map.on("focus", () => map.scrollWheelZoom.enable());
  map.on("blur", () => map.scrollWheelZoom.disable());
  L.control.zoom({ zoomInTitle: texts.zoom_in, zoomOutTitle: texts.zoom_out }).addTo(map);
  map.on("popupopen", ({ popup: opened }) => opened.getElement().querySelector(".leaflet-popup-close-button")?.setAttribute("aria-label", texts.close));
  L.control.scale({ imperial: false }).addTo(map);
  // Names stand above the markers, and let the pointer through to them.
  Object.assign(map.createPane("names").style, { zIndex: 640, pointerEvents: "none" });
  look(map, points, form, element.dataset.fit);
  await drawOutline(L, map, element.dataset.outline);
  const drawn = drawPoints(L, map, points);
  followList(element, drawn.markers);
  followFocus(map);
  // The zoom whose names have their places; nothing while the map moves.
  const settle = () => {
    settleNames(map);
    element.dataset.settled = map.getZoom();
  };
  map.on("zoomstart", () => { delete element.dataset.settled; });
  map.on("zoomend", settle);
  settle();
  // A name grows when its font arrives.
  document.fonts.addEventListener("loadingdone", () => { if (element.dataset.settled) settle(); });
  const redraw = () => {
    drawn.show(pointsOf(element));
    settle();
  };
  if (form && element.isConnected) searchByMap(map, element, form, redraw);
  new ResizeObserver(() => map.invalidateSize()).observe(element);
}
