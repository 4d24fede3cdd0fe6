"use strict";
/* The filter form leaves out what is empty, so that addresses stay short and can be read. */
(function () {
  document.addEventListener("submit", function (event) {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || form.dataset.dropEmpty === undefined) return;
    form.querySelectorAll("input[name], select[name]").forEach(function (control) {
      if (control.value === "") control.disabled = true;
    });
  });
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("[data-drop-empty] :disabled").forEach(function (control) {
      control.disabled = false;
    });
  });
  // One open menu at a time; a click elsewhere or Escape closes it.
  document.addEventListener("click", function (event) {
    document.querySelectorAll("details.menu[open]").forEach(function (menu) {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") return;
    document.querySelectorAll("details.menu[open]").forEach(function (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  });
})();
/* The box in a table's heading chooses or clears all boxes of its name. */
(function () {
  document.addEventListener("change", function (event) {
    const head = event.target;
    if (!(head instanceof HTMLInputElement) || !head.dataset.selectAll || !head.form) return;
    head.form.querySelectorAll(`input[type=checkbox][name="${head.dataset.selectAll}"]`).forEach(function (box) {
      box.checked = head.checked;
    });
  });
})();
