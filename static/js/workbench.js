// Keys of the call form: 1 to 8 choose the result. Not while somebody writes, nor while an input method composes.
"use strict";
document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey) return;
  const target = event.target;
  if (target.closest("textarea, select, input:not([type=radio]), [contenteditable]")) return;
  const form = document.querySelector("form[data-keys=results]");
  const choices = form ? form.querySelectorAll("input[name=result]") : [];
  const choice = /^[1-9]$/.test(event.key) ? choices[Number(event.key) - 1] : null;
  if (!choice) return;
  choice.checked = true;
  choice.focus();
  event.preventDefault();
});
