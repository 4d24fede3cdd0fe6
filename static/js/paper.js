"use strict";
/* Charts of a kept report: {form: "bar" | "line", labels, series: [{name, kind, second, values, said}]}. Values are texts of
   decimals; `said` is how the table writes them. Also the button that prints. */
(function () {
  const PERCENT = "percent";

  function axisOf(theme, kind, more) {
    const label = { color: theme.quiet };
    if (kind === PERCENT) label.formatter = (value) => Math.round(value * 1000) / 10 + "%";
    else if (kind === "money") label.formatter = window.siteCharts.brief;
    return window.siteCharts.axis(theme, Object.assign({ type: "value", axisLabel: label }, kind === "integer" ? { minInterval: 1 } : {}, more));
  }

  window.siteCharts.register("paper", function (chart, element, theme) {
    const option = window.siteCharts.base(theme);
    const colours = [theme.accent, theme.stages[4], theme.stages[2], theme.stages[6]];
    option.xAxis = window.siteCharts.axis(theme, { type: "category", data: chart.labels });
    const first = chart.series.find((one) => !one.second) || chart.series[0];
    const second = chart.series.find((one) => one.second);
    option.yAxis = [axisOf(theme, first.kind, {})];
    if (second) option.yAxis.push(axisOf(theme, second.kind, { splitLine: { show: false } }));
    if (chart.series.length === 1) option.legend.show = false;
    option.tooltip.formatter = function (points) {
      const at = points[0].dataIndex;
      return [chart.labels[at]].concat(chart.series.map((one) => one.name + "  " + one.said[at])).join("\n");
    };
    option.series = chart.series.map((one, number) => ({
      name: one.name,
      type: chart.form,
      barMaxWidth: 40,
      symbolSize: 5,
      yAxisIndex: second && one.second ? 1 : 0,
      itemStyle: { color: colours[number % colours.length] },
      data: one.values.map((value) => (value === null ? null : Number(value))),
    }));
    return option;
  });

  /* On paper everything is open. */
  let opened = [];
  window.addEventListener("beforeprint", function () {
    opened = Array.from(document.querySelectorAll("details.paper-table:not([open])"));
    opened.forEach((one) => (one.open = true));
  });
  window.addEventListener("afterprint", () => opened.forEach((one) => (one.open = false)));

  document.querySelectorAll("[data-print]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  });
})();
