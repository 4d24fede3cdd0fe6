// The form in which a complaint is written down: how long the story is, and the category that the type falls into.
(() => {
  "use strict";

  const box = document.querySelector("[data-most]");
  const story = box?.querySelector("textarea");
  if (story) {
    const most = Number(box.dataset.most);
    const counter = document.createElement("output");
    counter.className = "form-hint figures intake-count";
    counter.htmlFor = story.id;
    story.after(counter);
    const tell = () => {
      // Characters as the server counts them: a rare sign is one, not two.
      const length = [...story.value.trim()].length;
      counter.textContent = `${length.toLocaleString("en")} / ${most.toLocaleString("en")}`;
      counter.classList.toggle("text-danger", length > most);
      // Browsers without field-sizing.
      if (!CSS.supports("field-sizing", "content")) {
        story.style.height = "auto";
        story.style.height = `${Math.min(story.scrollHeight + 2, window.innerHeight * 0.6)}px`;
      }
    };
    story.addEventListener("input", tell);
    tell();
  }

  const type = document.querySelector("select[name=type]");
  const category = document.querySelector("select[name=category]");
  const table = document.getElementById("category-by-type");
  if (type && category && table) {
    const byType = JSON.parse(table.textContent);
    // Chosen by a person, it stays.
    let isChosen = category.value !== "";
    category.addEventListener("change", () => { isChosen = category.value !== ""; });
    type.addEventListener("change", () => {
      if (!isChosen) category.value = byType[type.value] ?? "";
    });
  }
})();
