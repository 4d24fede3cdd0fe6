"use strict";
/* What every page does: navigation, theme buttons, the search key, double submits, row links, dialogs of
   confirmation, forms that came back. */
(function () {
  const root = document.documentElement;

  function isTyping(target) {
    return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
  }

  function showThemeChoice() {
    document.querySelectorAll("[data-set-theme]").forEach(function (button) {
      const isChosen = button.dataset.setTheme === window.siteTheme.chosen();
      button.setAttribute("aria-pressed", String(isChosen));
      button.classList.toggle("active", isChosen);
    });
  }

  function showNarrowChoice() {
    document.querySelectorAll("[data-narrow-nav]").forEach(function (button) {
      button.setAttribute("aria-pressed", String(root.classList.contains("nav-narrow")));
    });
  }

  document.addEventListener("click", function (event) {
    const target = event.target instanceof Element ? event.target : null;
    if (!target) return;
    const theme = target.closest("[data-set-theme]");
    if (theme) {
      window.siteTheme.choose(theme.dataset.setTheme);
      showThemeChoice();
    }
    if (target.closest("[data-narrow-nav]")) {
      window.siteTheme.narrow(!root.classList.contains("nav-narrow"));
      showNarrowChoice();
    }
    const toggler = target.closest("[data-toggle-nav]");
    if (toggler) {
      const isOpen = root.classList.toggle("nav-open");
      toggler.setAttribute("aria-expanded", String(isOpen));
    }
    // A row with data-href opens its first link; links and buttons inside keep their own meaning.
    const row = target.closest("[data-href]");
    if (row && !target.closest("a, button, input, select, label, summary")) {
      if (String(window.getSelection())) return; // somebody is copying text
      if (event.ctrlKey || event.metaKey) window.open(row.dataset.href, "_blank", "noopener");
      else window.location.assign(row.dataset.href);
    }
    if (target.closest("[data-print]")) window.print();
  });

  document.addEventListener("keydown", function (event) {
    if (event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !isTyping(event.target)) {
      const box = document.getElementById("global-search");
      if (box) {
        event.preventDefault();
        box.focus();
        box.select();
      }
    }
    if (event.key === "Escape" && root.classList.contains("nav-open")) root.classList.remove("nav-open");
    // While an input method composes, Enter chooses a word; it must not send the form.
    if (event.key === "Enter" && (event.isComposing || event.keyCode === 229) && event.target instanceof HTMLInputElement) {
      event.preventDefault();
    }
  });

  // A form is sent once. The server refuses the second submit too (form tokens); this only spares the answer.
  document.addEventListener("submit", function (event) {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || event.defaultPrevented) return;
    if (form.dataset.confirm && !window.confirm(form.dataset.confirm)) {
      event.preventDefault();
      return;
    }
    if (form.method !== "post" || form.hasAttribute("hx-post") || form.dataset.sendsFile !== undefined) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    form.querySelectorAll("button[type=submit]").forEach(function (button) {
      button.setAttribute("aria-disabled", "true");
    });
  });

  // Back to a page that was sent: its buttons work again (the token decides what happens).
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[data-sent]").forEach(function (form) {
      delete form.dataset.sent;
      form.querySelectorAll("button[type=submit]").forEach((button) => button.removeAttribute("aria-disabled"));
    });
  });

  // A select or a check box with data-submits sends its form; there is a button for those without a script.
  document.addEventListener("change", function (event) {
    const control = event.target;
    if (control instanceof HTMLElement && control.hasAttribute("data-submits") && control.form) control.form.requestSubmit();
  });

  // A form that came back is read where it wants something, also far down a long page that says nothing of it at its top.
  const wanting = document.querySelector("main [aria-invalid='true']:not([type='hidden'])");
  if (wanting) {
    wanting.focus({ preventScroll: true });
    wanting.scrollIntoView({ block: "center", behavior: "instant" });
  }

  showThemeChoice();
  showNarrowChoice();
})();
