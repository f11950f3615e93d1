// The slider names a row of the table of lines, and whatever has `data-cell` shows the cell of that number in it: what the
// slider says is what the table says. Computed here are money at the figures typed, and the difference between two rows.
"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const explorer = byId("explorer");
  if (explorer) {
    const line = byId("line");
    const rows = [...document.querySelectorAll("#lines tbody tr")];
    const [marker, cut] = [byId("marker"), byId("cut")];
    const buttons = explorer.querySelectorAll(".jumps button");
    const [points, leads, cost, worth] = ["points", "leads", "cost", "worth"].map((name) => byId("typed-" + name));
    const lines = rows.map((row) => {
      const [points, leads, wins, chance] = row.dataset.n.split(" ").map(Number);
      return { points, leads, wins, chance, share: leads > 0 ? (wins / leads) * 100 : 0 };
    });
    let held = null;

    const minus = (text) => text.replace("-", "\u2212");
    const amount = (value) =>
      minus(value.toLocaleString("en", { maximumFractionDigits: Math.abs(value) < 99.95 ? 1 : 0 }));
    const threeDigits = (value) => {
      const unit = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(100, Math.abs(value)))) - 2);
      return Math.round(value / unit) * unit;
    };
    const money = (value) => {
      const text = threeDigits(Math.abs(value)).toLocaleString("en");
      const currency = explorer.dataset.currency;
      return (value < 0 && text !== "0" ? "\u2212" : "") + (currency ? currency + " " : "") + text;
    };
    const signed = (value, write) => (value > 0 ? "+" : "") + write(value);
    const typed = (input) => (input.value.trim() === "" || !(Number(input.value) >= 0) ? null : Number(input.value));
    const net = (at) =>
      typed(cost) === null || typed(worth) === null ? null : at.wins * typed(worth) - at.leads * typed(cost);

    const copyCells = (copies) => {
      const cells = rows[line.value].cells;
      for (const copy of copies) {
        copy.replaceChildren(...cells[copy.dataset.cell].cloneNode(true).childNodes);
      }
    };
    const showMoney = (now) => {
      const [each, won] = [typed(cost), net(now)];
      const said = {
        cost: each === null ? "type the cost of a lead" : money(each * now.leads),
        each: each === null ? "type the cost of a lead" : now.wins > 0 ? money((each * now.leads) / now.wins) : "no win",
        net: won === null ? "type cost and worth" : money(won),
      };
      for (const copy of explorer.querySelectorAll("[data-money]")) {
        copy.textContent = said[copy.dataset.money];
      }
      const pays = explorer.querySelector(".pays");
      const least = each === null || !typed(worth) ? null : each / typed(worth);
      const first = least === null ? [] : lines.filter((at) => at.chance >= least);
      const from = first.length ? `from ${Math.min(...first.map((at) => at.points))} points` : "at no score";
      pays.textContent =
        least === null ? "" : `At these figures a lead has to have a chance of ${(least * 100).toFixed(1)} % to pay: ${from}.`;
    };
    const difference = (now) => {
      const more = (value, noun) => `${amount(Math.abs(value))} ${value < 0 ? "fewer" : "more"} ${noun}`;
      const [moreLeads, moreWins] = [now.leads - held.leads, now.wins - held.wins];
      if (now === held) {
        return "This line is held: move the slider, or pick another line.";
      }
      const share = moreLeads === 0 ? "" : `; of these leads ${amount(Math.abs((moreWins / moreLeads) * 100))} of 100 convert`;
      const [before, after] = [net(held), net(now)];
      const gain = before === null ? "" : ` After costs that is ${money(Math.abs(after - before))} ${after < before ? "less" : "more"}.`;
      return `From ${now.points} in place of ${held.points} points: ${more(moreLeads, "leads")}, ${more(moreWins, "wins")}${share}.${gain}`;
    };
    const showHeld = (now) => {
      byId("held").hidden = held === null;
      byId("hold").setAttribute("aria-pressed", held === now);
      if (held === null) {
        return;
      }
      byId("held").querySelector("p").textContent = difference(now);
      for (const row of byId("held").querySelectorAll("tbody tr")) {
        const figure = row.dataset.figure;
        const of = (at) => (figure === "net" ? net(at) : at[figure]);
        const write = figure === "net" ? money : amount;
        const [before, after] = [of(held), of(now)];
        row.hidden = before === null;
        const cells = before === null ? ["", "", ""] : [write(before), write(after), signed(after - before, write)];
        cells.forEach((text, at) => (row.cells[at + 1].textContent = text));
      }
    };
    const show = () => {
      const now = lines[line.value];
      copyCells(explorer.querySelectorAll("label [data-cell], dl [data-cell]"));
      const { x, y, cut: at } = rows[line.value].dataset;
      marker.setAttribute("visibility", x ? "visible" : "hidden");
      marker.setAttribute("cx", x || 0);
      marker.setAttribute("cy", y || 0);
      cut.setAttribute("visibility", at ? "visible" : "hidden");
      cut.setAttribute("x1", at || 0);
      cut.setAttribute("x2", at || 0);
      line.setAttribute("aria-valuetext", now.points + " points");
      for (const button of buttons) {
        button.setAttribute("aria-pressed", button.dataset.row === line.value);
      }
      for (const [input, value] of [[points, now.points], [leads, Math.round(now.leads * 10) / 10]]) {
        if (document.activeElement !== input) {
          input.value = value;
        }
      }
      showMoney(now);
      showHeld(now);
    };
    const say = () => copyCells(explorer.querySelectorAll(".said [data-cell]"));
    // Read aloud once the slider rests, not at every step of it.
    let resting;
    line.addEventListener("input", () => {
      show();
      clearTimeout(resting);
      resting = setTimeout(say, 400);
    });
    const moveTo = (row) => {
      line.value = row;
      line.dispatchEvent(new Event("input"));
    };
    for (const button of buttons) {
      button.addEventListener("click", () => moveTo(button.dataset.row));
    }
    // A line between two scores is that of the next score up; of leads the nearest line is taken.
    points.addEventListener("input", () => {
      if (typed(points) !== null || Number(points.value) < 0) {
        const below = lines.findIndex((at) => at.points < Number(points.value));
        moveTo(below < 0 ? lines.length - 1 : Math.max(0, below - 1));
      }
    });
    leads.addEventListener("input", () => {
      if (typed(leads) !== null) {
        const away = lines.map((at) => Math.abs(at.leads - typed(leads)));
        moveTo(away.indexOf(Math.min(...away)));
      }
    });
    for (const input of [points, leads]) {
      input.addEventListener("change", show);
      input.addEventListener("blur", show);
    }
    for (const input of [cost, worth]) {
      input.addEventListener("input", show);
    }
    byId("hold").addEventListener("click", () => {
      held = lines[line.value];
      show();
    });
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

  // On paper nothing can be unfolded; appendices that nobody opened are left out.
  let unfolded = [];
  addEventListener("beforeprint", () => {
    unfolded = [...document.querySelectorAll("details:not([open]):not(.fold):not(.aside)")];
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
