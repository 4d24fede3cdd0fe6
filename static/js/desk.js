"use strict";
/* The desk: its keys, the lock that is renewed while somebody works, the reminder when nobody does. */
(function () {
  const seconds = (element, name) => Number(element.dataset[name]) * 1000;
  const openCase = () => document.querySelector("#desk [data-hold-url]");
  let lastAct = Date.now();
  let lastRenewed = Date.now();

  function post(url, isLast) {
    const headers = JSON.parse(document.body.getAttribute("hx-headers") || "{}");
    return window.fetch(url, { method: "POST", headers: headers, credentials: "same-origin", keepalive: isLast });
  }

  /* Keys. Not while somebody writes, nor while an input method chooses a word (then keyCode is 229). */
  function isTyping(target) {
    return target instanceof Element && target.closest("textarea, select, input:not([type=radio]):not([type=checkbox]), [contenteditable]");
  }

  function press(selector) {
    const target = document.querySelector(selector);
    if (target) target.click();
    return Boolean(target);
  }

  function showKeys() {
    const keys = document.getElementById("desk-keys");
    if (!keys || document.getElementById("key-list")) return false; // the call form shows its own
    if (keys.open) keys.close();
    else keys.showModal();
    return true;
  }

  const KEYS = {
    n: () => press("#desk [data-key=n]"),
    c: () => press("#call-panel [data-key=c], #call-panel [data-verdict] button[type=submit]"),
    "?": showKeys,
  };

  document.addEventListener("keydown", function (event) {
    if (event.isComposing || event.keyCode === 229 || event.repeat) return;
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const act = KEYS[event.key.toLowerCase()];
    if (act && act()) event.preventDefault();
  });

  /* The lock is renewed only while somebody is there: an empty chair gives the case back by itself. */
  function show(name, isShown) {
    document.querySelectorAll(`#desk [data-${name}]`).forEach((note) => (note.hidden = !isShown));
  }

  function acted() {
    lastAct = Date.now();
    show("idle", false);
  }

  for (const kind of ["keydown", "pointerdown", "pointermove", "scroll", "focusin"]) {
    document.addEventListener(kind, acted, { passive: true, capture: true });
  }

  function hold() {
    const held = openCase();
    if (!held) return;
    lastRenewed = Date.now();
    post(held.dataset.holdUrl, false)
      .then((answer) => show("lost", answer.status === 409 || answer.status === 404))
      .catch(() => undefined); // no connection: asked again next time
  }

  window.setInterval(function () {
    const held = openCase();
    if (!held) return;
    if (Date.now() - lastAct > seconds(held, "idleSeconds")) show("idle", true);
    else if (Date.now() - lastRenewed >= seconds(held, "renewSeconds")) hold();
  }, 5000);

  document.addEventListener("htmx:afterSwap", function () {
    acted();
    if (openCase() && openCase().dataset.holdUrl !== lastHeld) start();
  });

  let lastHeld = "";

  /* A case that comes to the screen is locked by the page that shows it. */
  function start() {
    lastHeld = openCase() ? openCase().dataset.holdUrl : "";
    hold();
  }

  window.addEventListener("pagehide", function () {
    const held = openCase();
    if (held) post(held.dataset.leaveUrl, true).catch(() => undefined);
  });

  window.addEventListener("pageshow", start);
})();
