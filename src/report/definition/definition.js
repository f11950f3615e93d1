// Adds up the points of the answers that are ticked and says when no answer to come can change what becomes of the lead.
"use strict";
(() => {
  const form = document.getElementById("call-form");
  const choices = [...form.querySelectorAll("[data-most]")];
  const [points, verdict, again] = ["points", "verdict", "again"].map((id) => document.getElementById(id));
  const line = () => {
    const ticked = form.querySelector('input[name="line"]:checked');
    const from = ticked ? ticked.value : form.dataset.line;
    return from === undefined ? NaN : Number(from);
  };
  const words = (sum, least, most, open) => {
    const from = line();
    if (Number.isNaN(from)) {
      return ["", form.querySelector('input[name="line"]') ? "Tick the group for its line." : "No line is drawn."];
    }
    if (sum + least >= from) {
      return ["over", open ? `Stop: hand over. No answer to come takes it below ${from}.` : "Hand over."];
    }
    if (sum + most < from) {
      return ["under", open ? `Stop: at best ${sum + most}, the line is ${from}.` : `Below the line of ${from}.`];
    }
    return ["", `Go on: ${from - sum} to the line, at most ${most} to come.`];
  };
  const show = () => {
    let [sum, least, most, open] = [Number(form.dataset.base), 0, 0, 0];
    for (const choice of choices) {
      const ticked = choice.querySelector("input:checked");
      if (ticked) {
        sum += Number(ticked.value);
      } else {
        least += Number(choice.dataset.least);
        most += Number(choice.dataset.most);
        open += 1;
      }
    }
    const [state, said] = words(sum, least, most, open);
    points.textContent = sum;
    verdict.textContent = said;
    verdict.dataset.state = state;
  };
  form.addEventListener("change", show);
  again.addEventListener("click", () => {
    for (const ticked of form.querySelectorAll("input:checked")) {
      ticked.checked = false;
    }
    show();
  });
  show();
  document.getElementById("so-far").hidden = false;
})();
