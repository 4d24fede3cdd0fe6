"use strict";
/* The team board renews itself every minute. What somebody has opened stays open, and a page that nobody sees asks nothing. */
(function () {
  let open = [];

  document.addEventListener("htmx:beforeRequest", function (event) {
    if (event.target.id === "team-table" && document.hidden) event.preventDefault();
  });

  document.addEventListener("htmx:beforeSwap", function (event) {
    if (event.target.id !== "team-table") return;
    open = Array.from(event.target.querySelectorAll("details[open]"), (details) => details.id);
  });

  document.addEventListener("htmx:afterSwap", function () {
    open.forEach(function (id) {
      const details = document.getElementById(id);
      if (details) details.open = true;
    });
    open = [];
  });
})();
