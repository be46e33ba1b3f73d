// The map and the list as one: moving the map searches there.
//
// The list comes anew by htmx, the map stays as it is: while the form's field "bbox" says where the
// reader looks, the old map takes the place of the new one and draws the new points. The first move
// adds to the history, further ones replace it, so that Back leads to where the reader came from.

import { texts } from "./requests.js";

const WAIT = 350;
const KEPT = "map-follows";
const ARROWS = ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"];

function remembered() {
  try {
    return localStorage.getItem(KEPT) !== "no";
  } catch {
    return true;
  }
}

function remember(follows) {
  try {
    if (follows) localStorage.removeItem(KEPT);
    else localStorage.setItem(KEPT, "no");
  } catch {
    // The choice then holds for this page only.
  }
}

// Rounded inwards, so that the same window shows this box at the same zoom again.
function boxOf(map) {
  const box = map.getBounds();
  const up = (value) => (Math.ceil(value * 1e5) / 1e5).toFixed(5);
  const down = (value) => (Math.floor(value * 1e5) / 1e5).toFixed(5);
  return [up(box.getSouth()), up(box.getWest()), down(box.getNorth()), down(box.getEast())].join(",");
}

function fieldOf(form) {
  let field = form.elements.bbox;
  if (!field) form.append((field = Object.assign(document.createElement("input"), { type: "hidden", name: "bbox" })));
  return field;
}

function controls(frame) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "button button-secondary map-search", hidden: true });
  button.textContent = texts.search_here;
  const follow = Object.assign(document.createElement("input"), { type: "checkbox", checked: remembered() });
  const label = Object.assign(document.createElement("label"), { className: "map-follow" });
  label.append(follow, ` ${texts.map_follows}`);
  return { button, follow, label };
}

// Calls moved() after the reader has moved the map, not after the map moved by itself (to show a
// popup or a marker that received the focus, or because its size changed).
function onMove(map, moved) {
  let byReader = false;
  map.on("dragend zoomend", () => { byReader = true; });
  map.getContainer().addEventListener("keydown", (event) => { if (ARROWS.includes(event.key)) byReader = true; });
  map.on("moveend", () => {
    if (byReader) moved();
    byReader = false;
  });
}

function keepThroughSwaps(frame, form, redraw) {
  let focused = null;
  const stop = new AbortController();
  document.addEventListener("htmx:before:swap", () => {
    focused = frame.contains(document.activeElement) ? document.activeElement : null;
  }, { signal: stop.signal });
  document.addEventListener("htmx:after:swap", () => {
    if (frame.isConnected) return;
    const fresh = document.getElementById(frame.id);
    if (!fresh || !form.isConnected || !form.elements.bbox?.value) return stop.abort();
    const points = fresh.querySelector("script");
    fresh.replaceWith(frame);
    frame.querySelector("script").replaceWith(points);
    redraw();
    if (focused) (focused.isConnected ? focused : frame.querySelector(".map")).focus({ preventScroll: true });
  }, { signal: stop.signal });
}

export function searchByMap(map, element, form, redraw) {
  const frame = element.parentElement;
  const live = form.hasAttribute("hx-get");
  const { button, follow, label } = controls(frame);
  let timer, byMap = false, moves = 0;
  const search = () => {
    button.hidden = true;
    fieldOf(form).value = boxOf(map);
    byMap = true;
    form.requestSubmit();
  };
  onMove(map, () => {
    clearTimeout(timer);
    if (live && follow.checked) timer = setTimeout(() => { if (frame.isConnected) search(); }, WAIT);
    else button.hidden = false;
  });
  button.addEventListener("click", search);
  element.after(button);
  if (!live) return;
  frame.append(label);
  follow.addEventListener("change", () => {
    remember(follow.checked);
    if (follow.checked && !button.hidden) search();
  });
  const stop = new AbortController();
  const asked = new WeakSet();
  const listen = ({ detail: { ctx } }) => {
    if (ctx.sourceElement !== form) return;
    if (!frame.isConnected) return stop.abort();
    if (!byMap) moves = 0;
    else if (moves) ctx.request.headers["X-Map-Moved"] = "again";
    if (byMap) asked.add(ctx);
    byMap = false;
  };
  document.addEventListener("htmx:config:request", listen, { signal: stop.signal });
  // A move whose search was overtaken by the next has added nothing to the history.
  document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => { if (asked.has(ctx)) moves += 1; }, { signal: stop.signal });
  keepThroughSwaps(frame, form, redraw);
}
