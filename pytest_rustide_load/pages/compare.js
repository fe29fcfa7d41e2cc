"use strict";
// Two runs of the data on the page side by side. Texts are set as texts: nothing of them becomes markup.
(() => {
  const runs = JSON.parse(document.getElementById("runs").textContent);
  const target = document.getElementById("side-by-side");
  const [before, after] = ["before", "after"].map((name) => document.getElementById(`choice-${name}`));
  if (!target || !runs.length) return;

  function label(run) {
    const { scenario, backend, began, commit } = run.about;
    return `run ${run.number}: ${scenario}, ${backend}, ${began.slice(0, 16).replace("T", " ")}${commit ? `, ${commit.slice(0, 8)}` : ""}`;
  }

  function table(caption, heads, rows) {
    const title = document.createElement("p");
    title.className = "caption";
    title.textContent = caption;
    const scroll = document.createElement("div");
    scroll.className = "scroll";
    scroll.tabIndex = 0;
    scroll.setAttribute("role", "group");
    scroll.setAttribute("aria-label", caption);
    const made = document.createElement("table");
    const line = made.createTHead().insertRow();
    for (const head of heads) {
      const cell = document.createElement("th");
      cell.scope = "col";
      cell.textContent = head;
      line.append(cell);
    }
    const body = made.createTBody();
    for (const [name, ...cells] of rows) {
      const row = body.insertRow();
      const first = document.createElement("th");
      first.scope = "row";
      first.textContent = name;
      row.append(first);
      for (const text of cells) row.insertCell().textContent = text;
    }
    scroll.append(made);
    target.append(title, scroll);
  }

  function change(unit, old, fresh) {
    // Adding nothing takes the sign from a zero.
    const signed = (value) => { const shown = Number(value.toFixed(1)) + 0; return `${shown >= 0 ? "+" : ""}${shown.toFixed(1)}`; };
    if (unit === "percent") return `${signed(fresh - old)} points`;
    return old > 0 ? `${signed((fresh / old - 1) * 100)}%` : "-";
  }

  // What a change is in words, from a twentieth on; of shares of right answers, from a point on.
  function inWords(name, unit, old, fresh) {
    if (name.endsWith(" right")) return Math.abs(fresh - old) < 1 ? "" : fresh > old ? "better" : "worse";
    if (!(old > 0) || Math.abs(fresh / old - 1) < 0.05) return "";
    const [more, less] = { ms: ["slower", "faster"], MB: ["larger", "smaller"] }[unit] || ["more", "less"];
    return fresh > old ? more : less;
  }

  function show() {
    const [old, fresh] = [before, after].map((select) => runs.find((run) => String(run.number) === select.value));
    target.replaceChildren();
    const names = [...new Set([...Object.keys(old.series), ...Object.keys(fresh.series)])];
    table("Figures", ["series", `run ${old.number}`, `run ${fresh.number}`, "change", "in words"], names.map((name) => {
      const [was, is] = [old.series[name], fresh.series[name]];
      const unit = (was || is)[0];
      const text = (value) => (value ? value[2] + window.rustideLoadText(value[1], unit) : "-");
      return [name, text(was), text(is), ...(was && is ? [change(unit, was[1], is[1]), inWords(name, unit, was[1], is[1])] : ["-", "only one has it"])];
    }));
    const facts = [...new Set([...Object.keys(old.about), ...Object.keys(fresh.about)])];
    const different = facts.filter((name) => old.about[name] !== fresh.about[name]);
    if (different.length) table("What differs about them", ["", `run ${old.number}`, `run ${fresh.number}`],
      different.map((name) => [name, old.about[name] || "-", fresh.about[name] || "-"]));
    history.replaceState(null, "", `#${old.number}..${fresh.number}`);
  }

  function choose() {
    const asked = /^#(\d+)\.\.(\d+)$/.exec(location.hash);
    const known = (number) => runs.some((run) => String(run.number) === number);
    const last = runs[runs.length - 1];
    // The last two of one scenario say most.
    const pairs = runs.map((run) => [runs.filter((other) => other.about.scenario === run.about.scenario && other.number < run.number).pop(), run]);
    const [old, fresh] = pairs.filter(([first]) => first).pop() || [last, last];
    before.value = asked && known(asked[1]) ? asked[1] : String(old.number);
    after.value = asked && known(asked[2]) ? asked[2] : String(fresh.number);
    show();
  }

  for (const select of [before, after]) {
    for (const run of [...runs].reverse()) select.append(new Option(label(run), String(run.number)));
    select.addEventListener("change", show);
  }
  window.addEventListener("hashchange", choose);
  choose();
})();
