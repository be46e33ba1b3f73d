// Draws a chart from a JSON block with ECharts (SVG), in the colours of the tokens, light or dark.
//
// The block holds one of
//   {"kind": "line" | "bar" | "stacked", "labels": ["T7 28/11", …], "format": "percent|number|money",
//    "series": [{"name": "…", "data": [0.61, null, …], "as": "now|before|forecast|band|plain"}], "max": 1,
//    "marks": [{"label": "Tết", "from": 3, "to": 8}]}
//       now = strong line, before = last year behind it, forecast = dashed, band = [[low, high], …] shaded
//   {"kind": "calendar", "range": ["2026-01-01", "2026-12-31"], "data": [["2026-01-01", 0.61], …], "format": …,
//    "scale": [0.2, 1], "holidays": [["2026-01-01", "…"], …], "link": "…KEY…" (address of a night)}
//   {"kind": "map", "points": [{"name": "…", "at": [lon, lat], "value": 0.61, "size": 120, "words": "61 %"}], "scale": [0.2, 1]}
//   {"kind": "raw", "option": {…}}   any ECharts option; strings such as "--series-1" become that colour
// Any of them may have "zoom": true and "tools": {"save": "…", "zoom": "…", "back": "…"}, the words of its buttons.
// The same numbers always stand as a table beside it (macro `chart`).

const root = document.documentElement;
const language = root.lang === "en" ? "en-GB" : "vi-VN";
const token = (name) => getComputedStyle(root).getPropertyValue(name).trim();
const FORMATS = {
  percent: { style: "percent", maximumFractionDigits: 1 },
  number: { maximumFractionDigits: 1 },
  money: { style: "currency", currency: "VND", maximumFractionDigits: 0 },
};

function formatter(name, short = false) {
  const options = { ...(FORMATS[name] ?? FORMATS.number) };
  if (short && name === "percent") options.maximumFractionDigits = 0;
  if (short && name !== "percent") options.notation = "compact";
  const format = new Intl.NumberFormat(language, options);
  return (value) => (value === null || value === undefined || Number.isNaN(value) ? "–" : format.format(value));
}

function coloured(value) {
  if (typeof value === "string" && /^--[a-z0-9-]+$/.test(value)) return token(value);
  if (Array.isArray(value)) return value.map(coloured);
  if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, coloured(inner)]));
  return value;
}

function frame(asked) {
  const number = formatter(asked.format);
  return {
    animation: false,
    textStyle: { fontFamily: token("--font"), fontSize: 13, color: token("--ink") },
    color: [1, 2, 3, 4, 5].map((step) => token(`--series-${step}`)),
    tooltip: {
      trigger: "axis",
      // Rich text is drawn inside the SVG; the HTML kind would need inline styles.
      renderMode: "richText",
      backgroundColor: token("--raised"),
      borderColor: token("--rule-strong"),
      textStyle: { color: token("--ink"), fontSize: 13 },
      valueFormatter: (value) => (Array.isArray(value) ? value.map(number).join(" – ") : number(value)),
      confine: true,
    },
    legend: { bottom: 0, left: 0, icon: "roundRect", itemWidth: 18, itemHeight: 4, textStyle: { color: token("--ink-soft") } },
    grid: { left: 4, right: 12, top: 16, bottom: 36, containLabel: true },
    ...toolbox(asked),
  };
}

const onPaper = () => root.dataset.printing !== undefined;
const holidaySymbol = { symbol: "circle", symbolSize: 5, itemStyle: { color: "--sunrise", borderColor: "--surface", borderWidth: 1 } };

function toolbox({ tools, zoom }) {
  if (!tools || onPaper()) return {};
  const feature = {
    ...(zoom ? { dataZoom: { yAxisIndex: "none", title: { zoom: tools.zoom, back: tools.back } } } : {}),
    saveAsImage: { type: "svg", name: document.title.split(" · ")[0], title: tools.save, backgroundColor: token("--ground") },
  };
  return { toolbox: { top: 0, right: 0, itemSize: 16, itemGap: 14, iconStyle: { borderColor: "--ink-soft" }, emphasis: { iconStyle: { borderColor: "--sea" } }, feature } };
}

function zooming(asked, width) {
  if (!asked.zoom || onPaper()) return {};
  // With a wheel the page scrolls on; the handle below, a drag with Ctrl or two fingers move the span.
  const inside = { type: "inside", zoomOnMouseWheel: "ctrl", moveOnMouseWheel: false, preventDefaultMouseMove: false };
  const slider = { type: "slider", height: 18, bottom: asked.series.length > 1 ? 30 : 6, showDetail: width > 520, textStyle: { color: "--ink-soft" }, borderColor: "--rule", fillerColor: "--heat-1", handleStyle: { color: "--sea", borderColor: "--sea" }, moveHandleSize: 0, dataBackground: { lineStyle: { color: "--rule-strong" }, areaStyle: { color: "--rule" } }, selectedDataBackground: { lineStyle: { color: "--series-1" }, areaStyle: { color: "--heat-2" } } };
  return { dataZoom: [inside, slider] };
}

const LOOKS = {
  now: { lineStyle: { width: 2.5 } },
  plain: {},
  before: { color: "--rule-strong", itemStyle: { color: "--rule-strong" }, lineStyle: { width: 1.5, color: "--rule-strong" }, z: 1 },
  forecast: { color: "--series-1", itemStyle: { color: "--series-1" }, lineStyle: { width: 2, type: [6, 4], color: "--series-1" } },
};

function band(series) {
  // Two stacked lines without points: the lower one unseen, the difference filled.
  const [low, high] = [0, 1].map((side) => series.data.map((pair) => pair?.[side] ?? null));
  const width = low.map((value, at) => (value === null ? null : high[at] - value));
  const common = { type: "line", symbol: "none", lineStyle: { opacity: 0 }, stack: series.name, silent: true, tooltip: { show: false }, z: 0 };
  return [
    { ...common, name: `${series.name} `, data: low, areaStyle: { opacity: 0 } },
    { ...common, name: series.name, data: width, areaStyle: { color: "--heat-2", opacity: 0.55 }, color: "--heat-2", itemStyle: { color: "--heat-2" } },
  ];
}

function marks(list = []) {
  return {
    silent: true,
    itemStyle: { color: "--sunrise-soft", opacity: 0.9 },
    label: { color: "--sunrise", fontSize: 12, position: "insideTop" },
    data: list.map(({ label, from, to }) => [{ name: label, xAxis: from }, { xAxis: to }]),
  };
}

function cartesian(asked, width) {
  const bars = asked.kind !== "line";
  const series = asked.series.flatMap((each, at) => {
    if (each.as === "band") return band(each);
    const look = LOOKS[each.as ?? "plain"];
    const common = { name: each.name, data: each.data, ...look, ...(at === 0 ? { markArea: marks(asked.marks) } : {}) };
    if (bars) return { ...common, type: "bar", barMaxWidth: 36, ...(asked.kind === "stacked" ? { stack: "all" } : { itemStyle: { borderRadius: [3, 3, 0, 0], ...look.itemStyle } }) };
    return { ...common, type: "line", symbol: each.data.length > 40 ? "none" : "circle", symbolSize: 5, connectNulls: false };
  });
  const legend = asked.series.map((each) => each.name);
  const room = (asked.zoom && !onPaper() ? 28 : 0) + (legend.length < 2 ? 8 : width < 520 && legend.length > 2 ? 56 : 36);
  return {
    ...frame(asked),
    ...zooming(asked, width),
    legend: legend.length < 2 ? { show: false } : { ...frame(asked).legend, data: legend },
    grid: { left: 4, right: 24, top: asked.tools && !onPaper() ? 40 : 16, bottom: room, containLabel: true },
    xAxis: {
      type: "category",
      data: asked.labels,
      boundaryGap: bars,
      axisLine: { lineStyle: { color: "--rule-strong" } },
      axisTick: { show: false },
      axisLabel: { color: "--ink-soft", hideOverlap: true, margin: 10 },
    },
    yAxis: {
      type: "value",
      max: asked.max ?? null,
      splitLine: { lineStyle: { color: "--rule" } },
      axisLabel: { color: "--ink-soft", formatter: formatter(asked.format, true) },
    },
    series,
  };
}

const HEAT = [0, 1, 2, 3, 4, 5, 6].map((step) => `--heat-${step}`);

function heat(asked, index) {
  const values = asked.data?.map(([, value]) => value).filter((value) => value !== null) ?? [];
  const [min, max] = asked.scale ?? [Math.min(...values), Math.max(...values)];
  return { show: false, min, max, seriesIndex: index, inRange: { color: HEAT } };
}

function calendar(asked, width, height) {
  const upright = width < 640;
  const months = language === "vi-VN" ? [...Array(12).keys()].map((month) => `Th ${month + 1}`) : "EN";
  const days = language === "vi-VN" ? ["CN", "T2", "T3", "T4", "T5", "T6", "T7"] : "EN";
  const weeks = Math.ceil((Date.parse(asked.range[1]) - Date.parse(asked.range[0])) / 604_800_000) + 1;
  const side = Math.max(10, Math.min(30, ((upright ? height : width) - 64) / weeks));
  const number = formatter(asked.format);
  const names = new Map(asked.holidays ?? []);
  const day = new Intl.DateTimeFormat(language, { weekday: "short", day: "numeric", month: "numeric", year: "numeric", timeZone: "UTC" });
  const words = (date) => `${day.format(new Date(`${date}T00:00:00Z`))}${names.has(date) ? ` · ${names.get(date)}` : ""}`;
  return {
    ...frame(asked),
    legend: { show: false },
    tooltip: { ...frame(asked).tooltip, trigger: "item", formatter: ({ value }) => `${words(value[0])}\n${number(value[1])}` },
    visualMap: heat(asked, 0),
    calendar: {
      orient: upright ? "vertical" : "horizontal",
      range: asked.range,
      left: upright ? 48 : 36, top: asked.tools ? 44 : 28,
      ...(upright ? { right: 8 } : {}),
      cellSize: upright ? ["auto", side] : [side, Math.min(22, Math.max(14, side))],
      itemStyle: { color: "--surface", borderColor: "--ground", borderWidth: 2 },
      splitLine: { lineStyle: { color: "--rule-strong", width: 1 } },
      yearLabel: { show: false },
      monthLabel: { color: "--ink-soft", nameMap: months },
      dayLabel: { color: "--ink-soft", firstDay: 1, nameMap: days },
    },
    series: [
      { type: "heatmap", coordinateSystem: "calendar", data: asked.data.map(([date, value]) => [date, value ?? "-"]), cursor: asked.link ? "pointer" : "default" },
      { type: "scatter", coordinateSystem: "calendar", silent: true, data: [...names.keys()].map((date) => [date, 1]), ...holidaySymbol },
    ],
  };
}

async function land() {
  if (window.echarts.getMap("town")) return;
  const outline = await (await fetch(new URL("../geo/vungtau.geojson", import.meta.url))).json();
  const features = outline.features.filter(({ geometry, properties }) => properties.kind === "land" && geometry.type === "Polygon");
  window.echarts.registerMap("town", { type: "FeatureCollection", features: features.map((each) => ({ ...each, properties: { name: "" } })) });
}

function map(asked, width, height) {
  const [lons, lats] = [0, 1].map((axis) => asked.points.map(({ at }) => at[axis]));
  const padded = (list, least) => {
    const [low, high] = [Math.min(...list), Math.max(...list)];
    const margin = Math.max((high - low) * 0.18, least);
    return [low - margin, high + margin];
  };
  const [west, east] = padded(lons, 0.03);
  const [south, north] = padded(lats, 0.03);
  const largest = Math.max(1, ...asked.points.map(({ size }) => size));
  const most = Math.min(width, height) / 9;
  return {
    ...frame(asked),
    legend: { show: false },
    tooltip: { ...frame(asked).tooltip, trigger: "item", formatter: ({ name, data }) => `${name}\n${data.words}` },
    visualMap: { ...heat(asked, 0), dimension: 2 },
    geo: { map: "town", roam: !onPaper(), boundingCoords: [[west, north], [east, south]], silent: true, itemStyle: { areaColor: "--land", borderColor: "--land-edge" }, emphasis: { disabled: true }, scaleLimit: { min: 1, max: 12 } },
    series: [{
      type: "scatter",
      coordinateSystem: "geo",
      data: asked.points.map((each) => ({ name: each.name, value: [...each.at, each.value ?? 0], words: each.words, symbolSize: Math.max(10, most * Math.sqrt(each.size / largest)), ...(each.value === null ? { itemStyle: { color: "--surface" } } : {}) })),
      itemStyle: { borderColor: "--sea", borderWidth: 1.5, opacity: 0.92 },
      label: { show: true, position: "right", color: "--ink", fontSize: 12, textBorderColor: "--surface", textBorderWidth: 3, formatter: ({ name, data }) => `${name.replace(/^(Phường|Xã|Đặc khu) /, "")} ${data.words}` },
      labelLayout: { hideOverlap: true },
    }],
  };
}

const KINDS = { calendar, map };

function option(asked, width, height) {
  if (asked.kind === "raw") return coloured({ ...frame(asked), ...asked.option });
  return coloured((KINDS[asked.kind] ?? cartesian)(asked, width, height));
}

export async function mount(element) {
  const block = document.getElementById(element.dataset.options);
  if (!block) return;
  const asked = JSON.parse(block.textContent);
  if (!window.echarts) await import("../vendor/echarts.min.js");
  if (asked.kind === "map") await land();
  const chart = window.echarts.init(element, null, { renderer: "svg" });
  const stop = new AbortController();
  const draw = () => {
    if (!element.isConnected) {
      stop.abort();
      sized.disconnect();
      chart.dispose();
      return;
    }
    // Paper has its own width, and no layout happens between the event and the print.
    const paper = onPaper();
    chart.resize({ silent: true, ...(paper ? { width: 660, height: 225 } : { width: "auto", height: "auto" }) });
    chart.setOption(option(asked, paper ? 660 : element.clientWidth, paper ? 225 : element.clientHeight), true);
  };
  if (asked.link) {
    chart.on("click", ({ value, seriesIndex }) => {
      if (seriesIndex === 0) location.assign(asked.link.replace("KEY", value[0]));
    });
  }
  const sized = new ResizeObserver(draw);
  sized.observe(element);
  draw();
  document.addEventListener("theme", draw, { signal: stop.signal });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw, { signal: stop.signal });
}
