// The slider names a row of the table of lines, and whatever has `data-cell` shows the cell of that number in it. Nothing
// is computed here: what the slider says is what the table says.
"use strict";
(() => {
  const explorer = document.getElementById("explorer");
  if (explorer) {
    const line = document.getElementById("line");
    const rows = document.querySelectorAll("#frontier tbody tr");
    const marker = document.getElementById("marker");
    const buttons = explorer.querySelectorAll("button");
    const copyCells = (copies) => {
      const cells = rows[line.value].cells;
      for (const copy of copies) {
        copy.replaceChildren(...cells[copy.dataset.cell].cloneNode(true).childNodes);
      }
    };
    const show = () => {
      copyCells(explorer.querySelectorAll("label [data-cell], dl [data-cell]"));
      const { x, y } = rows[line.value].dataset;
      marker.setAttribute("visibility", x ? "visible" : "hidden");
      marker.setAttribute("cx", x || 0);
      marker.setAttribute("cy", y || 0);
      line.setAttribute("aria-valuetext", rows[line.value].cells[0].textContent + " points");
      for (const button of buttons) {
        button.setAttribute("aria-pressed", button.dataset.row === line.value);
      }
    };
    const say = () => copyCells(explorer.querySelectorAll(".said [data-cell]"));
    // Read aloud once the slider rests, not at every step of it.
    let resting;
    line.addEventListener("input", () => {
      show();
      clearTimeout(resting);
      resting = setTimeout(say, 400);
    });
    for (const button of buttons) {
      button.addEventListener("click", () => {
        line.value = button.dataset.row;
        line.dispatchEvent(new Event("input"));
      });
    }
    show();
    say();
    explorer.hidden = false;
  }

  // A link to something folded away opens it.
  const reveal = () => {
    const target = document.getElementById(location.hash.slice(1));
    const part = target && target.closest("section");
    const folded = target && [target.closest("details"), part && part.querySelector(":scope > details.fold")];
    for (const fold of folded || []) {
      if (fold) {
        fold.open = true;
      }
    }
    if (target) {
      target.scrollIntoView();
    }
  };
  addEventListener("hashchange", reveal);
  reveal();

  // On paper nothing can be unfolded; parts that nobody opened are left out.
  let unfolded = [];
  addEventListener("beforeprint", () => {
    unfolded = [...document.querySelectorAll("details:not([open]):not(.fold)")];
    unfolded.forEach((folded) => (folded.open = true));
  });
  addEventListener("afterprint", () => unfolded.forEach((folded) => (folded.open = false)));

  // The contents say where the reader is.
  const links = new Map([...document.querySelectorAll("nav a")].map((link) => [link.hash.slice(1), link]));
  const onView = (entries) => {
    for (const { target, isIntersecting } of entries) {
      links.get(target.id).toggleAttribute("aria-current", isIntersecting);
    }
  };
  const watch = new IntersectionObserver(onView, { rootMargin: "-15% 0px -84% 0px" });
  document.querySelectorAll("main > section").forEach((section) => watch.observe(section));
})();
