"use strict";
/* The score form: keys, the running total. The server computes the score again; this only shows it while it grows. */
(function () {
  const form = document.querySelector("form[data-quality-form]");
  if (!form) return;
  const items = [...form.querySelectorAll("[data-item]")];
  const answer = (item) => item.querySelector("input:checked");
  const isWriting = (target) => target instanceof Element && Boolean(target.closest("textarea, select, input:not([type=radio]):not([type=checkbox])"));

  function refresh() {
    let earned = 0, possible = 0, open = 0;
    for (const item of items) {
      const given = answer(item);
      if (!given) { open += 1; continue; }
      if (given.value === "na") continue;
      possible += Number(item.dataset.weight);
      earned += Number(item.dataset.weight) * Number(given.value) / 2;
    }
    const isCritical = Boolean(form.querySelector("[data-critical]:checked"));
    const score = isCritical ? 0 : possible ? Math.round(10000 * earned / possible) / 100 : null;
    form.querySelector("[data-total]").textContent = score === null ? "–" : score.toFixed(2);
    form.querySelector("[data-open]").textContent = String(open);
    form.querySelector("[data-verdict]").textContent =
      score === null ? "" : !isCritical && score >= Number(form.dataset.passMark) ? form.dataset.passed : form.dataset.failed;
  }

  const current = () => items.findIndex((item) => item.contains(document.activeElement));

  function go(index) {
    const item = items[Math.max(0, Math.min(items.length - 1, index))];
    const target = answer(item) || item.querySelector("input");
    target.focus();
    item.scrollIntoView({ block: "nearest" });
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.ctrlKey) {
      event.preventDefault();
      form.querySelector("[data-submit]").click();
      return;
    }
    if (event.ctrlKey || event.altKey || event.metaKey || isWriting(event.target)) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      go(current() + (event.key === "ArrowDown" ? 1 : current() < 0 ? items.length : -1));
      return;
    }
    const value = { 1: "2", 2: "1", 3: "0", 0: "na" }[event.key];
    if (value === undefined) return;
    const at = current() < 0 ? items.findIndex((item) => !answer(item)) : current();
    const input = at < 0 ? null : items[at].querySelector(`input[value="${value}"]`);
    if (!input) return;
    event.preventDefault();
    input.checked = true;
    refresh();
    go(at + 1);
  });
  /* Whoever writes what was said means that it was said. */
  form.addEventListener("input", (event) => {
    const box = event.target.name && event.target.name.startsWith("quote_") ? event.target.parentElement.querySelector("[data-critical]") : null;
    if (box && event.target.value) box.checked = true;
    refresh();
  });
  refresh();
})();
