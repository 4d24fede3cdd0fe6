"use strict";
/* Charts from data in the page: <div class="chart" data-chart="stages" data-source="id of a json_script">.
   SVG renderer and rich-text tooltips, because the content policy allows no inline style. Every chart has its table on the
   page; the drawing is decoration for those who see it. Names in data are shown as text, never as markup.
   More kinds: window.siteCharts.register("name", (rows, element, look) => option). */
(function () {
  const kinds = {};
  const drawn = new Map();

  const STAGE_COLOURS = ["#b9c2cd", "#f5d98a", "#f0bf6a", "#e8a05a", "#dc7f4c", "#b4532a", "#973222", "#6e1a1d"];

  function look() {
    const style = getComputedStyle(document.documentElement);
    const body = getComputedStyle(document.body);
    const isDark = document.documentElement.getAttribute("data-bs-theme") === "dark";
    return {
      isDark: isDark,
      ink: body.color,
      quiet: style.getPropertyValue("--quiet-ink").trim() || body.color,
      line: isDark ? "#3a4656" : "#dfe4ea",
      accent: isDark ? "#6aa8f0" : "#1f5fae",
      font: style.getPropertyValue("--font-ui").trim() || "sans-serif",
      stages: STAGE_COLOURS,
    };
  }

  function money(value) {
    return Number(value).toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  }

  /* 12345678 → 1,234.6万 in Chinese, 12.3M in English: axis labels only, figures in tables stay exact. */
  function brief(value) {
    if (document.documentElement.lang.startsWith("zh")) {
      if (Math.abs(value) >= 1e8) return (value / 1e8).toLocaleString("en-US", { maximumFractionDigits: 1 }) + "亿";
      if (Math.abs(value) >= 1e4) return (value / 1e4).toLocaleString("en-US", { maximumFractionDigits: 1 }) + "万";
      return String(value);
    }
    return Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 }).format(value);
  }

  function base(theme) {
    return {
      backgroundColor: "transparent",
      textStyle: { fontFamily: theme.font, color: theme.ink },
      animation: false,
      aria: { enabled: false },
      grid: { left: 8, right: 32, top: 40, bottom: 8, containLabel: true },
      legend: { top: 0, left: 0, textStyle: { color: theme.ink } },
      tooltip: {
        trigger: "axis",
        renderMode: "richText",
        confine: true,
        backgroundColor: theme.isDark ? "#22303f" : "#ffffff",
        borderColor: theme.line,
        textStyle: { color: theme.ink },
      },
    };
  }

  function axis(theme, more) {
    return Object.assign(
      {
        axisLine: { lineStyle: { color: theme.line } },
        axisTick: { show: false },
        axisLabel: { color: theme.quiet },
        splitLine: { lineStyle: { color: theme.line } },
        nameTextStyle: { color: theme.quiet },
      },
      more,
    );
  }

  kinds.stages = function (rows, element, theme) {
    const countName = element.dataset.labelCount;
    const amountName = element.dataset.labelAmount;
    const option = base(theme);
    option.xAxis = axis(theme, { type: "category", data: rows.map((row) => row.label) });
    option.yAxis = [
      axis(theme, { type: "value", minInterval: 1 }),
      axis(theme, { type: "value", splitLine: { show: false }, axisLabel: { color: theme.quiet, formatter: brief } }),
    ];
    option.tooltip.formatter = function (points) {
      const row = rows[points[0].dataIndex];
      return row.label + "\n" + countName + "  " + row.count.toLocaleString("en-US") + "\n" + amountName + "  " + money(row.amount);
    };
    option.series = [
      {
        name: countName,
        type: "bar",
        barMaxWidth: 40,
        itemStyle: { color: theme.accent },
        data: rows.map((row) => row.count),
      },
      {
        name: amountName,
        type: "bar",
        yAxisIndex: 1,
        barMaxWidth: 40,
        itemStyle: { color: theme.stages[4] },
        data: rows.map((row) => Number(row.amount)),
      },
    ];
    return option;
  };

  kinds.positions = function (rows, element, theme) {
    const amountName = element.dataset.labelAmount;
    const daysName = element.dataset.labelDays;
    const option = base(theme);
    option.xAxis = axis(theme, { type: "category", boundaryGap: false, data: rows.map((row) => row.day) });
    option.yAxis = [
      axis(theme, { type: "value", scale: true, axisLabel: { color: theme.quiet, formatter: brief } }),
      axis(theme, { type: "value", minInterval: 1, splitLine: { show: false } }),
    ];
    option.tooltip.formatter = function (points) {
      const row = rows[points[0].dataIndex];
      return row.day + "  " + row.stage + "\n" + amountName + "  " + money(row.total) + "\n" + daysName + "  " + row.days;
    };
    option.series = [
      { name: amountName, type: "line", step: "end", symbol: "none", lineStyle: { width: 2 }, itemStyle: { color: theme.accent }, data: rows.map((row) => Number(row.total)) },
      { name: daysName, type: "line", yAxisIndex: 1, symbol: "none", lineStyle: { width: 2, type: "dashed" }, itemStyle: { color: theme.stages[4] }, data: rows.map((row) => row.days) },
    ];
    return option;
  };

  function draw(element) {
    const source = document.getElementById(element.dataset.source);
    const kind = kinds[element.dataset.chart];
    if (!source || !kind || !window.echarts) return;
    const rows = JSON.parse(source.textContent);
    let chart = drawn.get(element);
    if (!chart) {
      chart = window.echarts.init(element, null, { renderer: "svg", locale: document.documentElement.lang.startsWith("zh") ? "ZH" : "EN" });
      drawn.set(element, chart);
      chart.on("click", function (point) {
        // A point that carries its own address, or the row that it stands for.
        const row = Array.isArray(rows) ? rows[point.dataIndex] : null;
        const url = (point.data && point.data.url) || (row && row.url);
        if (typeof url === "string" && url.startsWith("/")) window.location.assign(url);
      });
    }
    chart.setOption(kind(rows, element, look()), true);
  }

  function drawAll(root) {
    (root || document).querySelectorAll("[data-chart]").forEach(draw);
  }

  window.siteCharts = {
    register: function (name, kind) {
      kinds[name] = kind;
      drawAll();
    },
    money: money,
    brief: brief,
    base: base,
    axis: axis,
  };

  let waiting = 0;
  window.addEventListener("resize", function () {
    window.clearTimeout(waiting);
    waiting = window.setTimeout(() => drawn.forEach((chart) => chart.resize()), 100);
  });
  window.addEventListener("beforeprint", () => drawn.forEach((chart) => chart.resize()));
  document.addEventListener("theme:changed", () => drawAll());
  document.addEventListener("htmx:afterSwap", (event) => drawAll(event.target));
  drawAll();
})();
