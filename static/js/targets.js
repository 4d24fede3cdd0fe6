"use strict";
/* While a tree of targets is edited: the parts of each whole, less the whole, in cents, so that nothing is lost in floats. */
(function () {
  const form = document.querySelector("[data-target-edit][data-adds-up]");
  if (!form) return;
  const inputs = Array.from(form.querySelectorAll("[data-key]"));
  function cents(text) {
    const found = /^(\d{1,11})(?:\.(\d{1,2}))?$/.exec(text.trim().replace(/[,，]/g, ""));
    return found ? BigInt(found[1]) * 100n + BigInt((found[2] || "").padEnd(2, "0")) : null;
  }
  function said(difference) {
    const size = difference < 0n ? -difference : difference;
    const yuan = (size / 100n).toString().replace(/\B(?=(\d{3})+$)/g, ",");
    return (difference < 0n ? "−" : "+") + yuan + "." + (size % 100n).toString().padStart(2, "0");
  }
  function compare() {
    form.querySelectorAll("[data-difference]").forEach(function (cell) {
      const key = cell.dataset.difference;
      const parts = inputs.filter(function (one) { return one.dataset.whole === key; });
      const whole = inputs.find(function (one) { return one.dataset.key === key; });
      const amounts = parts.map(function (one) { return cents(one.value); });
      const own = cents(whole.value);
      const known = parts.length && own !== null && amounts.every(function (one) { return one !== null; });
      const difference = known ? amounts.reduce(function (sum, one) { return sum + one; }, 0n) - own : 0n;
      cell.textContent = difference === 0n ? "" : said(difference);
      cell.classList.toggle("empty-cell", difference === 0n);
    });
  }
  form.addEventListener("input", compare);
  compare();
})();
