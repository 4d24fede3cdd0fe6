"use strict";
/* The drop zone: a file may be dropped anywhere on it; its name proposes day and source. Everything works without it. */
(function () {
  const zone = document.querySelector("[data-drop-zone]");
  if (!zone) return;
  const file = zone.querySelector("input[type=file]");
  const day = zone.querySelector("input[name=as_of]");
  const source = zone.querySelector("select[name=source]");
  const note = zone.querySelector("[data-drop-note]");
  const stems = JSON.parse(document.getElementById("file-stems").textContent);

  // The same rule as in forms_imports.py: exactly one day in the name, or none is proposed.
  function dayInName(name) {
    const days = new Set();
    for (const found of name.matchAll(/(?<!\d)(20\d{2})[-._年]?(\d{1,2})[-._月]?(\d{1,2})日?(?!\d)/g)) {
      const text = `${found[1]}-${found[2].padStart(2, "0")}-${found[3].padStart(2, "0")}`;
      const parsed = new Date(`${text}T00:00:00Z`);
      if (!Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(text)) days.add(text);
    }
    return days.size === 1 ? [...days][0] : "";
  }

  // The source whose last file began with the same words; the longest such beginning.
  function sourceOfName(name) {
    let best = "";
    let length = 1;
    for (const [id, stem] of Object.entries(stems)) {
      if (stem.length > length && name.startsWith(stem)) {
        best = id;
        length = stem.length;
      }
    }
    return best;
  }

  function propose() {
    const chosen = file.files[0];
    if (!chosen) return;
    const found = dayInName(chosen.name);
    if (found) day.value = found;
    const likely = sourceOfName(chosen.name);
    if (likely) source.value = likely;
  }

  file.addEventListener("change", function () {
    note.textContent = "";
    propose();
  });

  // Files of some kinds have no amount: there is no total to say.
  const kind = zone.querySelector("select[name=kind]");
  const total = zone.querySelector("input[name=expected_total]");
  function offerTotal() {
    total.disabled = zone.dataset.noMoney.split(" ").includes(kind.value);
    total.closest(".mb-3").hidden = total.disabled;
  }
  kind.addEventListener("change", offerTotal);
  offerTotal();

  let depth = 0; // dragging over a child leaves the parent: count to know when the zone itself is left
  zone.addEventListener("dragenter", function (event) {
    event.preventDefault();
    depth += 1;
    zone.classList.add("is-over");
  });
  zone.addEventListener("dragover", (event) => event.preventDefault());
  zone.addEventListener("dragleave", function () {
    depth -= 1;
    if (depth <= 0) zone.classList.remove("is-over");
  });
  zone.addEventListener("drop", function (event) {
    event.preventDefault();
    depth = 0;
    zone.classList.remove("is-over");
    const dropped = event.dataTransfer.files;
    if (!dropped.length) return;
    const one = new DataTransfer();
    one.items.add(dropped[0]);
    file.files = one.files;
    note.textContent = dropped.length > 1 ? note.dataset.oneFile : "";
    propose();
  });

  // A file that misses the zone must not replace the page.
  for (const name of ["dragover", "drop"]) {
    document.addEventListener(name, function (event) {
      if (event.dataTransfer && [...event.dataTransfer.types].includes("Files")) event.preventDefault();
    });
  }
})();
