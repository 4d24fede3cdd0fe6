"use strict";
/* The funnel of agencies: observed ÷ expected over the number of cases, each before its own limits, which narrow as cases
   grow. The table below it has the exact numbers. */
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

  /* The limits of one agency, upright at its number of cases: thin for 99.8 %, thick for 95 %. They hang on its own cases, so
     there is no one curve for all. */
  function limits(theme) {
    return function (_params, api) {
      const cases = api.value(0);
      function upright(from, to, width, opacity) {
        const [x, top] = api.coord([cases, to]);
        const bottom = api.coord([cases, from])[1];
        return { type: "line", shape: { x1: x, y1: top, x2: x, y2: bottom }, style: { stroke: theme.quiet, lineWidth: width, opacity: opacity } };
      }
      const children = [];
      if (!Number.isNaN(api.value(4))) children.push(upright(api.value(3), api.value(4), 1.5, 0.55));
      if (!Number.isNaN(api.value(2))) children.push(upright(api.value(1), api.value(2), 7, 0.35));
      return { type: "group", children: children };
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
      {
        name: names.limits,
        type: "custom",
        silent: true,
        clip: true,
        itemStyle: { color: theme.quiet },
        renderItem: limits(theme),
        encode: { x: 0, y: [1, 2] },
        data: points.map((one) => [one.cases, one.lower, one.upper, one.lower998, one.upper998]),
      },
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
