"use strict";
/* The charts of the dashboards: lines (dashed where they are not mature), sparkline, bars, heat map. Data: see
   reports/dashboards (Chart.data). Numbers here are for the eye; the table beside each chart has the exact ones. */
(function () {
  const charts = window.siteCharts;
  if (!charts) return;
  const LIGHT = ["#1f5fae", "#b4532a", "#2e7d4f", "#7a4fa3", "#8a6d1d", "#0f7c8a", "#a3315d", "#55606e"];
  const DARK = ["#6aa8f0", "#e8a05a", "#7bcf9c", "#c3a2e8", "#e3c766", "#62c6d4", "#f09ab8", "#a9b4c2"];

  function shown(value, unit) {
    if (value === null || value === undefined) return "–";
    if (unit === "percent") return (value * 100).toFixed(2) + "%";
    if (unit === "per_10k") return (value * 10000).toFixed(2);
    if (unit === "count") return Number(value).toLocaleString("en-US");
    return charts.money(value);
  }

  function brief(unit) {
    return function (value) {
      if (unit === "percent") return Number((value * 100).toFixed(1)) + "%";
      if (unit === "per_10k") return String(Number((value * 10000).toFixed(1)));
      return charts.brief(value);
    };
  }

  function points(series) {
    return series.values.map((value, at) => ({ value: value, url: series.urls ? series.urls[at] : "" }));
  }

  function frame(data, theme) {
    const option = charts.base(theme);
    const palette = theme.isDark ? DARK : LIGHT;
    option.color = palette;
    option.xAxis = charts.axis(theme, { type: "category", data: data.labels });
    option.yAxis = charts.axis(theme, { type: "value", axisLabel: { color: theme.quiet, formatter: brief(data.unit) } });
    option.tooltip.formatter = function (found) {
      const seen = new Set();
      const lines = [found[0].axisValueLabel];
      found.forEach(function (point) {
        if (point.value === null || point.value === undefined || seen.has(point.seriesName)) return;
        seen.add(point.seriesName);
        lines.push(point.seriesName + "  " + shown(point.value, data.unit));
      });
      return lines.join("\n");
    };
    option.legend.show = data.series.length > 1;
    option.legend.type = "scroll";
    if (data.series.length < 2) option.grid.top = 12;
    return option;
  }

  /* On paper the numbers of each chart stand below it. */
  let opened = [];
  window.addEventListener("beforeprint", function () {
    opened = Array.from(document.querySelectorAll(".chart-numbers:not([open])"));
    opened.forEach((details) => { details.open = true; });
  });
  window.addEventListener("afterprint", function () {
    opened.forEach((details) => { details.open = false; });
    opened = [];
  });

  charts.register("lines", function (data, element, theme) {
    const option = frame(data, theme);
    option.xAxis.boundaryGap = false;
    option.series = [];
    data.series.forEach(function (one, number) {
      const colour = option.color[number % option.color.length];
      const mature = one.mature || one.values.map(() => true);
      const all = points(one);
      const line = { name: one.name, type: "line", symbol: "circle", symbolSize: 6, itemStyle: { color: colour }, lineStyle: { width: 2, color: colour } };
      option.series.push(Object.assign({}, line, { data: all.map((point, at) => (mature[at] ? point : { value: null })) }));
      if (mature.includes(false)) {
        // From the last mature point on: what may still change is dashed and hollow.
        const from = mature.indexOf(false) - 1;
        option.series.push(
          Object.assign({}, line, {
            symbol: "emptyCircle",
            lineStyle: { width: 2, type: "dashed", color: colour },
            data: all.map((point, at) => (at >= from ? point : { value: null })),
          }),
        );
      }
    });
    return option;
  });

  charts.register("spark", function (data, element, theme) {
    const option = frame(data, theme);
    option.grid = { left: 4, right: 4, top: 6, bottom: 4, containLabel: false };
    option.xAxis.show = false;
    option.xAxis.boundaryGap = false;
    option.yAxis.show = false;
    option.yAxis.scale = true;
    option.series = data.series.map((one) => ({
      name: one.name, type: "line", symbolSize: 5, itemStyle: { color: theme.accent }, lineStyle: { width: 2 }, areaStyle: { opacity: 0.12 }, data: points(one),
    }));
    return option;
  });

  charts.register("bars", function (data, element, theme) {
    const option = frame(data, theme);
    // Each bar is named where there is room for it, on two lines at most.
    const room = element.clientWidth / data.labels.length;
    if (room > 72) Object.assign(option.xAxis.axisLabel, { interval: 0, width: room - 8, overflow: "break", lineHeight: 15 });
    option.series = data.series.map((one) => ({ name: one.name, type: "bar", stack: "all", barMaxWidth: 28, data: points(one) }));
    return option;
  });

  /* Between two colours, 0 to 1, as [r, g, b]; and the ink that is read best on it. */
  function between(ends, share) {
    const [from, to] = ends.map((colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16)));
    return from.map((value, at) => value + (to[at] - value) * share);
  }
  function inkOn(colour) {
    const [red, green, blue] = colour.map(function (value) {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : Math.pow((part + 0.055) / 1.055, 2.4);
    });
    const light = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    return 1.05 / (light + 0.05) > (light + 0.05) / 0.06 ? "#ffffff" : "#10161d";
  }

  charts.register("heat", function (data, element, theme) {
    const option = charts.base(theme);
    const values = data.cells.map((cell) => cell[2]);
    const highest = values.length ? Math.max.apply(null, values) : 1;
    const lowest = values.length ? Math.min.apply(null, values) : 0;
    const good = theme.isDark ? ["#1b2a3a", "#2f6f4c"] : ["#eef4f0", "#2e7d4f"];
    const bad = theme.isDark ? ["#1b2a3a", "#9c3b2a"] : ["#faf1ec", "#b4532a"];
    const ends = data.higher ? good : bad;
    option.legend = { show: false };
    option.grid = { left: 8, right: 8, top: 8, bottom: 8, containLabel: true };
    option.xAxis = charts.axis(theme, { type: "category", data: data.x, splitLine: { show: false } });
    option.yAxis = charts.axis(theme, { type: "category", data: data.y, inverse: true, splitLine: { show: false } });
    option.tooltip.trigger = "item";
    option.tooltip.formatter = (point) => data.y[point.data.value[1]] + " · " + data.x[point.data.value[0]] + "\n" + data.name + "  " + point.data.shown;
    option.visualMap = { show: false, min: lowest, max: highest > lowest ? highest : lowest + 1, dimension: 2, inRange: { color: ends } };
    option.series = [
      {
        type: "heatmap",
        itemStyle: { borderColor: theme.line, borderWidth: 1 },
        label: { show: element.clientWidth > 420, formatter: (point) => point.data.shown },
        data: data.cells.map(function (cell) {
          const share = highest > lowest ? (cell[2] - lowest) / (highest - lowest) : 0;
          return { value: [cell[0], cell[1], cell[2]], url: cell[3], shown: cell[4], label: { color: inkOn(between(ends, share)) } };
        }),
      },
    ];
    return option;
  });
})();
