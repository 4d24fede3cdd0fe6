"use strict";
/* The funnel of agencies: observed ÷ expected over the number of cases, between limits that narrow as cases grow. The table
   below it has the exact numbers. */
(function () {
  const charts = window.siteCharts;
  if (!charts) return;
  const COLOURS = {
    light: { better: "#2e7d4f", worse: "#b4532a", expected: "#1f5fae", unclear: "#8a94a0" },
    dark: { better: "#7bcf9c", worse: "#e8a05a", expected: "#6aa8f0", unclear: "#7d8896" },
  };

  function percent(value) {
    return value === null ? "–" : (value * 100).toFixed(1) + "%";
  }

  function limit(name, points, key, theme, dash, width) {
    return {
      name: name,
      type: "line",
      symbol: "none",
      silent: true,
      smooth: false,
      lineStyle: { width: width, type: dash, color: theme.quiet },
      itemStyle: { color: theme.quiet },
      data: points.filter((one) => one[key] !== null).map((one) => [one.cases, one[key]]),
    };
  }

  charts.register("funnel", function (data, element, theme) {
    const option = charts.base(theme);
    const colours = theme.isDark ? COLOURS.dark : COLOURS.light;
    const points = data.points.slice().sort((one, other) => one.cases - other.cases);
    const names = data.names;
    const highest = Math.max.apply(null, points.map((one) => one.ratio).concat(1));
    option.tooltip.trigger = "item";
    option.tooltip.formatter = function (point) {
      const one = point.data && point.data.one;
      if (!one) return "";
      return [
        one.label + "  " + one.said,
        names.ratio + "  " + percent(one.ratio),
        names.cases + "  " + one.cases.toLocaleString("en-US"),
        "95%  " + percent(one.lower) + " – " + percent(one.upper),
        "99.8%  " + percent(one.lower998) + " – " + percent(one.upper998),
      ].join("\n");
    };
    option.legend.type = "scroll";
    option.grid.top = 44;
    option.grid.bottom = 24;
    option.xAxis = charts.axis(theme, { type: "log", name: names.cases, nameLocation: "middle", nameGap: 28, splitLine: { show: false } });
    option.yAxis = charts.axis(theme, {
      type: "value",
      min: 0,
      // The widest limits of the smallest agency would flatten everybody else.
      max: Math.ceil(Math.max(highest * 1.15, 1.5) * 10) / 10,
      axisLabel: { color: theme.quiet, formatter: (value) => Math.round(value * 100) + "%" },
    });
    const shown = points.map((one) => ({
      value: [one.cases, one.ratio],
      one: one,
      url: one.url,
      itemStyle: { color: colours[one.tone] },
      label: { show: points.length <= 24, position: "right", formatter: () => one.label, color: theme.ink, fontSize: 11, width: 96, overflow: "truncate" },
    }));
    option.series = [
      limit(names.wide, points, "upper998", theme, "dashed", 1),
      limit(names.wide, points, "lower998", theme, "dashed", 1),
      limit(names.narrow, points, "upper", theme, "solid", 1),
      limit(names.narrow, points, "lower", theme, "solid", 1),
      {
        name: names.agencies,
        type: "scatter",
        symbolSize: 11,
        itemStyle: { color: theme.accent },
        data: shown,
        labelLayout: { hideOverlap: true },
        markLine: { silent: true, symbol: "none", label: { show: false }, lineStyle: { color: theme.ink, width: 1 }, data: [{ yAxis: 1 }] },
      },
    ];
    return option;
  });
})();
