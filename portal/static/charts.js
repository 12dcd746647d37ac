// Draws the charts of a page from the JSON in data-chart: counts as bars on the left axis, shares as lines on the right.
"use strict";

const INK = "#1b2733";
const MUTED = "#55626f";
const FONT = getComputedStyle(document.body).fontFamily;
// Told apart without colour: by lightness in the bars, by symbol and dash in the lines.
const BARS = ["#c3d3e4", "#6f9dcb", "#1f5a96"];
const LINES = [{ color: "#b3541e", symbol: "circle" }, { color: "#1c6b3f", symbol: "diamond" }];
// Inner width in CSS pixels of the seven-twelfths column on A4 landscape.
const PRINT_WIDTH = 560;

const plain = new Intl.NumberFormat("zh-CN", { maximumFractionDigits: 1 });
const percent = new Intl.NumberFormat("zh-CN", { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });

function options(plotted) {
  let bars = 0;
  let lines = 0;
  const series = plotted.series.map((one) => {
    if (!one.share) {
      return { name: one.title, type: "bar", data: one.values, barMaxWidth: 14, itemStyle: { color: BARS[bars++ % BARS.length] } };
    }
    const look = LINES[lines++ % LINES.length];
    return {
      name: one.title, type: "line", yAxisIndex: 1, data: one.values, symbol: look.symbol, symbolSize: 7,
      lineStyle: { width: 2 }, itemStyle: { color: look.color },
    };
  });
  const shareOf = new Map(plotted.series.map((one) => [one.title, one.share]));
  const shown = (value, share) => (value === null || value === undefined ? "—" : (share ? percent : plain).format(value));
  return {
    animation: false,
    textStyle: { fontFamily: FONT, color: INK },
    grid: { left: 8, right: 8, top: 36, bottom: 4, containLabel: true },
    legend: { top: 0, left: 0, itemWidth: 16, itemHeight: 9, itemGap: 18, textStyle: { color: INK, fontFamily: FONT } },
    tooltip: {
      // Drawn in the canvas: HTML tooltips need inline styles, which the page forbids.
      renderMode: "richText", trigger: "axis",
      formatter: (points) => [points[0].axisValueLabel, ...points.map((p) => `${p.seriesName}  ${shown(p.value, shareOf.get(p.seriesName))}`)].join("\n"),
    },
    xAxis: { type: "category", data: plotted.months, axisTick: { show: false }, axisLine: { lineStyle: { color: "#b7c3d0" } }, axisLabel: { color: MUTED, hideOverlap: true } },
    yAxis: [
      { type: "value", minInterval: 1, axisLabel: { color: MUTED, formatter: (v) => plain.format(v) }, splitLine: { lineStyle: { color: "#e9edf2" } } },
      { type: "value", max: 1, min: (range) => Math.max(0, Math.floor(range.min * 10) / 10 - 0.1), axisLabel: { color: MUTED, formatter: (v) => `${Math.round(v * 100)}%` }, splitLine: { show: false } },
    ],
    series,
  };
}

const charts = [];

function draw() {
  for (const element of document.querySelectorAll("[data-chart]")) {
    const chart = echarts.init(element, null, { devicePixelRatio: 2 });
    chart.setOption(options(JSON.parse(element.dataset.chart)));
    charts.push(chart);
  }
}

function resize(size) {
  for (const chart of charts) {
    chart.resize(size);
    chart.getZr().flush(); // drawn now: printing does not wait for the next frame
  }
}

window.addEventListener("resize", () => resize({ width: "auto", height: "auto" }));
window.addEventListener("beforeprint", () => resize({ width: PRINT_WIDTH, height: 210 }));
window.addEventListener("afterprint", () => resize({ width: "auto", height: "auto" }));
draw();
