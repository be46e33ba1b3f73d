// Draws a chart from a JSON block with ECharts (SVG), in the colours of the tokens, light or dark.
//
// The block holds one of
//   {"kind": "line" | "bar" | "stacked", "labels": ["T7 28/11", …], "format": "percent|number|money",
//    "series": [{"name": "…", "data": [0.61, null, …], "as": "now|before|forecast|band|plain"}], "max": 1,
//    "marks": [{"label": "Tết", "from": 3, "to": 8}]}
//       now = strong line, before = last year behind it, forecast = dashed, band = [[low, high], …] shaded
//   {"kind": "calendar", "range": ["2026-01-01", "2026-12-31"], "data": [["2026-01-01", 0.61], …], "format": …}
//   {"kind": "raw", "option": {…}}   any ECharts option; strings such as "--series-1" become that colour
// The same numbers always stand as a table beside it (macro `chart`), so the drawing is hidden from readers.

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
  };
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
  return {
    ...frame(asked),
    ...(legend.length < 2 ? { legend: { show: false }, grid: { left: 4, right: 12, top: 16, bottom: 8, containLabel: true } } : { legend: { ...frame(asked).legend, data: legend }, grid: { ...frame(asked).grid, bottom: width < 520 && legend.length > 2 ? 56 : 36 } }),
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

function calendar(asked, width) {
  const upright = width < 640;
  const months = language === "vi-VN" ? [...Array(12).keys()].map((month) => `Th ${month + 1}`) : "EN";
  const days = language === "vi-VN" ? ["CN", "T2", "T3", "T4", "T5", "T6", "T7"] : "EN";
  const values = asked.data.map(([, value]) => value).filter((value) => value !== null);
  return {
    ...frame(asked),
    legend: { show: false },
    tooltip: { ...frame(asked).tooltip, trigger: "item" },
    visualMap: { show: false, min: Math.min(...values), max: Math.max(...values), inRange: { color: [0, 1, 2, 3, 4, 5, 6].map((step) => `--heat-${step}`) } },
    calendar: {
      orient: upright ? "vertical" : "horizontal",
      range: asked.range,
      left: 48, right: 8, top: 28, bottom: 8,
      cellSize: upright ? ["auto", 15] : ["auto", 18],
      itemStyle: { color: "--surface", borderColor: "--ground", borderWidth: 2 },
      splitLine: { lineStyle: { color: "--rule-strong", width: 1 } },
      yearLabel: { show: false },
      monthLabel: { color: "--ink-soft", nameMap: months },
      dayLabel: { color: "--ink-soft", firstDay: 1, nameMap: days },
    },
    series: [{ type: "heatmap", coordinateSystem: "calendar", data: asked.data }],
  };
}

function option(asked, width) {
  if (asked.kind === "raw") return coloured({ ...frame(asked), ...asked.option });
  return coloured(asked.kind === "calendar" ? calendar(asked, width) : cartesian(asked, width));
}

export async function mount(element) {
  const block = document.getElementById(element.dataset.options);
  if (!block) return;
  const asked = JSON.parse(block.textContent);
  if (!window.echarts) await import("../vendor/echarts.min.js");
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
    const paper = document.documentElement.dataset.printing !== undefined;
    chart.resize({ silent: true, ...(paper ? { width: 660, height: 225 } : { width: "auto", height: "auto" }) });
    chart.setOption(option(asked, paper ? 660 : element.clientWidth), true);
  };
  const sized = new ResizeObserver(draw);
  sized.observe(element);
  draw();
  document.addEventListener("theme", draw, { signal: stop.signal });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw, { signal: stop.signal });
}
