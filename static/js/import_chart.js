"use strict";
/* Cases by stage before and after an import, as a kind of charts.js. The table beside it says the same. */
window.siteCharts.register("before-after", function (rows, element, look) {
  const option = window.siteCharts.base(look);
  option.xAxis = window.siteCharts.axis(look, { type: "category", data: rows.map((row) => row.label) });
  option.yAxis = window.siteCharts.axis(look, { type: "value", minInterval: 1 });
  option.tooltip.axisPointer = { type: "shadow" };
  option.series = [
    { name: element.dataset.labelBefore, field: "before", colour: look.isDark ? "#5b6b7d" : "#b3bfcc" },
    { name: element.dataset.labelAfter, field: "after", colour: look.accent },
  ].map((series) => ({
    name: series.name,
    type: "bar",
    barMaxWidth: 26,
    itemStyle: { color: series.colour },
    data: rows.map((row) => row[series.field]),
  }));
  return option;
});
