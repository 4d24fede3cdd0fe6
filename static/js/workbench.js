"use strict";
/* The call form: keys, what a result asks for, the note's first words, the time since the gate's answer. It works on whatever
   stands in #call-panel now, so that a fragment that htmx swapped in needs nothing of its own. */
(function () {
  const form = () => document.querySelector("form[data-call-form]");
  const chosen = (name) => { const f = form(); return f && f.querySelector(`input[name=${name}]:checked`); };
  const isWriting = (target) =>
    target instanceof Element && Boolean(target.closest("textarea, select, input:not([type=radio]):not([type=checkbox]), [contenteditable]"));

  /* What the chosen result asks for is shown, the rest is put away; what was typed there stays in its place. */
  function showParts() {
    const result = chosen("code");
    const steps = new Set(result ? [result.dataset.step] : []);
    if (form().querySelector("[data-flag=complaint_wish]:checked")) steps.add("complaint");
    if (form().querySelector("[data-flag=self_harm]:checked")) steps.add("self_harm");
    if (form().querySelector("[data-flag=dispute]:checked")) steps.add("dispute");
    for (const part of form().querySelectorAll("[data-for-step]")) part.hidden = !steps.has(part.dataset.forStep);
    for (const part of form().querySelectorAll("[data-for-reached]"))
      part.hidden = Boolean(result) && !part.dataset.forReached.split(" ").includes(result.dataset.reached);
  }

  /* Words for another reason or temper than the one that was heard are put away. */
  function showWords() {
    const reason = chosen("arrears_reason");
    const temper = chosen("temper");
    for (const one of document.querySelectorAll("#call-known [data-reason]")) {
      const fits = (wanted, found) => !wanted || (found && found.value === wanted);
      one.hidden = !fits(one.dataset.reason, reason) || !fits(one.dataset.temper, temper);
    }
    for (const topic of document.querySelectorAll("#call-known .talk-topic")) topic.hidden = !topic.querySelector("li:not([hidden])");
  }

  /* The note begins with what was chosen, until somebody writes it otherwise; emptied, it stays empty. */
  function prefill() {
    const note = form().querySelector("textarea[name=note]");
    if (!note || note.dataset.own) return;
    const said = [...form().querySelectorAll("input[data-says]:checked")]
      .filter((input) => input.dataset.says && !input.closest("[hidden]")).map((input) => input.dataset.says);
    note.value = said.join(form().dataset.joins);
  }

  function refresh() {
    if (!form()) return;
    showParts();
    showWords();
    prefill();
  }

  function pick(input) {
    input.checked = input.type === "checkbox" ? !input.checked : !(input.checked && input.name !== "code");
    input.focus();
    refresh();
  }

  function tickOpening() {
    const boxes = [...form().querySelectorAll("[data-opening]")];
    const all = boxes.every((box) => box.checked);
    for (const box of boxes) box.checked = !all;
  }

  document.addEventListener("keydown", function (event) {
    // An input method composes: its keys are its own.
    if (!form() || event.isComposing || event.keyCode === 229) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      if (form().reportValidity()) form().requestSubmit();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const list = document.getElementById("key-list");
    if (list && list.open) return;
    if (isWriting(event.target)) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (event.key === "?" && list) {
      event.preventDefault();
      list.showModal();
      return;
    }
    const key = event.key.toLowerCase();
    const input = /^[a-z1-9]$/.test(key) ? form().querySelector(`input[data-key="${key}"]`) : null;
    const field = { m: "textarea[name=note]", b: "input[name=callback_at]" }[key];
    if (input && !input.closest("[hidden]")) pick(input);
    else if (key === "o") tickOpening();
    else if (field) form().querySelector(field).focus();
    else return;
    event.preventDefault();
  });

  document.addEventListener("change", function (event) {
    if (form() && form().contains(event.target) && event.target.type !== "textarea") refresh();
  });
  document.addEventListener("input", function (event) {
    if (event.target.name === "note" && form() && form().contains(event.target)) event.target.dataset.own = "yes";
  });
  document.addEventListener("click", function (event) {
    if (event.target instanceof Element && event.target.closest("[data-shows-keys]")) document.getElementById("key-list").showModal();
  });

  /* Refused, the panel's answer comes with its status; it is shown all the same, and what was typed with it. */
  document.addEventListener("htmx:beforeSwap", function (event) {
    const { xhr } = event.detail;
    if (!event.target.closest || !event.target.closest("#call-panel") || ![400, 409].includes(xhr.status)) return;
    event.detail.isError = false;
    if ((xhr.getResponseHeader("Content-Type") || "").startsWith("text/html")) event.detail.shouldSwap = true;
    else if (form()) form().querySelector(".call-refused").textContent = xhr.responseText;
  });

  let began = 0;
  function tick() {
    const timer = document.querySelector(".call-timer");
    if (!timer) return;
    const seconds = Number(timer.dataset.elapsed) + Math.floor((performance.now() - began) / 1000);
    timer.textContent = `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
  }

  function arrive() {
    if (!form()) return;
    const note = form().querySelector("textarea[name=note]");
    if (note && note.value) note.dataset.own = "yes";
    refresh();
  }

  document.addEventListener("htmx:afterSwap", function (event) {
    if (event.target.id === "call-panel") {
      began = performance.now();
      arrive();
    } else if (event.target.closest && event.target.closest("#call-panel")) showWords();
  });
  window.setInterval(tick, 1000);
  arrive();
})();
