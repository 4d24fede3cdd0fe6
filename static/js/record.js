"use strict";
/* A revealed value goes back to its mask by itself: on time, when the page is left, and when it comes back from history. */
(function () {
  function hide(element) {
    const note = element.parentElement && element.parentElement.querySelector(".reveal-note");
    if (note) note.remove();
    element.textContent = element.dataset.masked;
    element.classList.remove("revealed");
    delete element.dataset.hideAfter;
  }

  function watch(root) {
    root.querySelectorAll("[data-hide-after]").forEach(function (element) {
      if (element.dataset.watched) return;
      element.dataset.watched = "yes";
      window.setTimeout(() => hide(element), Number(element.dataset.hideAfter) * 1000);
    });
  }

  function hideAll() {
    document.querySelectorAll("[data-hide-after]").forEach(hide);
  }

  document.addEventListener("htmx:afterSwap", (event) => watch(event.target));
  window.addEventListener("pagehide", hideAll);
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") return;
    document.querySelectorAll("details.menu[open]").forEach(function (menu) {
      menu.open = false;
    });
  });
  watch(document);
})();
