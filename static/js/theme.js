"use strict";
/* Loaded in the head, not deferred: colours and the width of the navigation are right before the first paint.
   Other scripts listen: document.addEventListener("theme:changed", redraw). */
(function () {
  const root = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");

  function stored(name) {
    try {
      return window.localStorage.getItem(name) || "";
    } catch {
      return ""; // storage may be forbidden; the page works without it
    }
  }

  function chosen() {
    const theme = stored("theme");
    return theme === "light" || theme === "dark" ? theme : "auto";
  }

  function apply() {
    const theme = chosen() === "auto" ? (dark.matches ? "dark" : "light") : chosen();
    if (root.getAttribute("data-bs-theme") === theme) return;
    root.setAttribute("data-bs-theme", theme);
    root.setAttribute("data-theme", theme); // the admin's own name for it
    document.dispatchEvent(new CustomEvent("theme:changed", { detail: { theme: theme } }));
  }

  apply();
  root.classList.add("has-script");
  root.classList.toggle("nav-narrow", stored("nav") === "narrow");
  dark.addEventListener("change", apply);

  function remember(name, value) {
    try {
      window.localStorage.setItem(name, value);
    } catch {
      /* not remembered, still applied */
    }
  }

  window.siteTheme = {
    chosen: chosen,
    choose: function (theme) {
      remember("theme", theme);
      apply();
    },
    narrow: function (isNarrow) {
      remember("nav", isNarrow ? "narrow" : "wide");
      root.classList.toggle("nav-narrow", isNarrow);
    },
  };
})();
