"use strict";
// Without this script a page is complete; with it charts tell their values and zoom, and commands are copied.
// The data are those of the tables.
(() => {
  const HEIGHT = 230;
  const live = new Map();
  const ranges = new Map();
  let settingRange = false;

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  function threeDigits(value) {
    return Math.abs(value) >= 99.95 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
  }

  function scaled(value, units) {
    for (const [factor, unit] of units.slice(0, -1)) {
      if (Math.abs(value) < 999.5 * factor) return `${threeDigits(value / factor)} ${unit}`;
    }
    const [factor, unit] = units[units.length - 1];
    return `${threeDigits(value / factor)} ${unit}`;
  }

  function withUnit(value, unit) {
    if (value === null || value === undefined) return "–";
    if (value === 0) return "0";
    if (unit === "ms") {
      if (Math.abs(value) >= 7.2e6) return `${threeDigits(value / 3.6e6)} h`;
      return Math.abs(value) >= 1.2e5 ? `${(value / 6e4).toFixed(1)} min` : scaled(value, [[1e-3, "µs"], [1, "ms"], [1e3, "s"]]);
    }
    if (unit === "MB") return scaled(value, [[1e-3, "KB"], [1, "MB"], [1e3, "GB"]]);
    return threeDigits(value) + ({ percent: "%", per_s: "/s" }[unit] || "");
  }

  function readTable(figure) {
    const table = figure.querySelector(".data table");
    const heads = [...table.tHead.rows[0].cells].slice(1).map((cell) => cell.textContent);
    const rows = [...table.tBodies[0].rows];
    // Runs are named in the first cell, and lie side by side.
    const xs = rows.map((row, at) => (figure.dataset.x === "s" ? Number(row.cells[0].textContent) : at));
    const names = new Map(rows.map((row, at) => [xs[at], row.cells[0].textContent]));
    const columns = heads.map((_, at) => rows.map((row) => {
      const text = row.cells[at + 1].textContent;
      return text === "" ? null : Number(text);
    }));
    return { heads, names, data: [xs, ...columns] };
  }

  // Of a tick on an axis so many seconds long: of a minute in a run of hours seconds are told.
  function timeText(value, length) {
    return length < 600 ? `${Number(value.toFixed(1))} s` : `${Number((value / 60).toFixed(1))} min`;
  }

  function momentText(value, end) {
    return end < 600 ? timeText(value, end) : `${Math.floor(value / 60)} min ${Number((value % 60).toFixed(1))} s`;
  }

  // Never fewer than two, or nobody could tell what lies between: a steady latency has a short axis.
  function logSplits(low, high) {
    const marks = (parts) => {
      const found = [];
      for (let power = Math.floor(Math.log10(low)) - 1; power <= Math.ceil(Math.log10(high)); power += 1) {
        for (const part of parts) {
          const value = part * 10 ** power;
          if (value >= low * 0.999 && value <= high * 1.001) found.push(value);
        }
      }
      return found;
    };
    if (Math.log10(high / low) > 2.5) return marks([1]);
    const found = marks([1, 2, 5]);
    return found.length > 1 ? found : marks([1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8]);
  }

  function inside(plot, draw) {
    const context = plot.ctx;
    const { top, height, left, width } = plot.bbox;
    context.save();
    context.beginPath();
    context.rect(left, 0, width, top + height);
    context.clip();
    draw(context, plot.bbox, devicePixelRatio);
    context.restore();
  }

  // Below the lines.
  function drawMarks(plot, marks) {
    inside(plot, (context, { top, height }, ratio) => {
      for (const [kind, , start, end] of marks) {
        const from = plot.valToPos(start, "x", true);
        if (end === null) {
          context.strokeStyle = { fault: colour("--fail-line"), alert: colour("--fail-line"), change: colour("--open-line") }[kind] || colour("--muted");
          context.setLineDash([3 * ratio, 3 * ratio]);
          context.beginPath();
          context.moveTo(from, top);
          context.lineTo(from, top + height);
          context.stroke();
        } else {
          const to = plot.valToPos(end, "x", true);
          context.fillStyle = colour(kind === "alert" || kind === "fault" ? "--alert-band" : "--stress-band");
          context.fillRect(from, top, Math.max(to - from, 1.5 * ratio), height);
        }
      }
    });
  }

  // Above them, below one another where they would cover each other; what has no room is in the list above.
  function nameMarks(plot, marks) {
    inside(plot, (context, { top, left, width }, ratio) => {
      const rows = [[], [], [], []];
      context.font = `${11 * ratio}px system-ui, sans-serif`;
      context.textAlign = "left";
      context.lineWidth = 3 * ratio;
      context.lineJoin = "round";
      context.strokeStyle = colour("--panel");
      context.fillStyle = colour("--muted");
      for (const [, short, start, end] of marks) {
        const from = plot.valToPos(start, "x", true);
        if (from > left + width || (end === null ? from : plot.valToPos(end, "x", true)) < left) continue;
        const wide = context.measureText(short).width;
        const after = Math.max(from, left) + 3 * ratio;
        const x = after + wide > left + width ? from - 3 * ratio - wide : after;
        const row = rows.findIndex((taken) => taken.every(([begin, stop]) => stop <= x || begin >= x + wide));
        if (row < 0 || x < left) continue;
        rows[row].push([x - 4 * ratio, x + wide + 4 * ratio]);
        const y = top + (row === 0 ? -5 : 12 + 13 * (row - 1)) * ratio;
        context.strokeText(short, x, y);
        context.fillText(short, x, y);
      }
    });
  }

  function adopt(plot, low, high) {
    settingRange = true;
    plot.setScale("x", { min: low, max: high });
    settingRange = false;
  }

  function spread(group, figure, low, high, whole) {
    if (settingRange || !group) return;
    ranges.set(group, whole ? null : [low, high]);
    for (const [other, plot] of live) {
      if (other !== figure && other.dataset.group === group) adopt(plot, low, high);
    }
  }

  function values(figure) {
    let entries = [...figure.querySelectorAll(".legend li")];
    if (!entries.length) {
      const list = document.createElement("ul");
      list.className = "legend";
      const entry = document.createElement("li");
      list.append(entry);
      figure.querySelector(".plot").after(list);
      entries = [entry];
    }
    return entries.map((entry) => {
      let value = entry.querySelector(".value");
      if (!value) {
        value = document.createElement("span");
        value.className = "value";
        entry.append(" ", value);
      }
      return value;
    });
  }

  function build(figure) {
    const { heads, names, data } = readTable(figure);
    const { unit, group, log, x: xUnit } = figure.dataset;
    const holder = figure.querySelector(".plot");
    const marks = JSON.parse(figure.dataset.marks);
    const isTime = xUnit === "s";
    const first = isTime ? 0 : data[0][0] - 0.5;
    const last = isTime ? Number(figure.dataset.end) || data[0][data[0].length - 1] : data[0][data[0].length - 1] + 0.5;
    const shown = values(figure);
    const text = colour("--muted");
    const axis = { stroke: text, grid: { stroke: colour("--grid"), width: 1 }, ticks: { stroke: colour("--grid"), width: 1 }, font: "12px system-ui, sans-serif" };
    const plot = new uPlot({
      width: Math.max(holder.clientWidth, 240),
      height: HEIGHT,
      padding: [18, 18, 0, 0],
      legend: { show: false },
      cursor: {
        drag: { x: true, y: false, dist: 6 },
        sync: group ? { key: group, scales: ["x", null] } : undefined,
        points: { size: 6 },
      },
      scales: {
        x: { time: false, range: (_, low, high) => (low === null ? [first, last] : [low, high]) },
        y: log
          ? { distr: 3, range: (_, low, high) => (low > 0 ? [low / 1.3, high * 1.3] : [0.1, 10]) }
          : { range: (_, low, high) => [Math.min(0, low || 0), (high || 1) * 1.08] },
      },
      axes: [
        { ...axis, size: 30, incrs: isTime ? [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200] : [1, 2, 5, 10, 20, 50, 100],
          values: (it, splits) => splits.map((value) => (isTime ? timeText(value, it.scales.x.max - it.scales.x.min) : (names.get(value) || "").split(" ")[0])) },
        { ...axis, size: 68, values: (_, splits) => splits.map((value) => withUnit(value, unit)),
          ...(log ? { splits: (_, __, low, high) => logSplits(low, high), filter: (_, splits) => splits } : {}) },
      ],
      series: [{}, ...heads.map((name, at) => ({
        label: name, stroke: colour(`--c${at % 8}`), width: 1.7, spanGaps: Boolean(figure.dataset.spans),
        dash: at % 8 >= 4 ? [6, 4] : undefined,
        points: { show: data[0].length < 40, size: 4 },
      }))],
      hooks: {
        drawClear: [(it) => drawMarks(it, marks)],
        draw: [(it) => nameMarks(it, marks)],
        setScale: [(it, key) => {
          if (key !== "x") return;
          const { min, max } = it.scales.x;
          if (min === null || min === undefined) return;
          figure.dataset.from = min;
          figure.dataset.to = max;
          spread(group, figure, min, max, min <= first && max >= last);
        }],
        setCursor: [(it) => {
          const at = it.cursor.idx;
          const where = at === null || at === undefined ? "" : isTime ? `at ${momentText(data[0][at], last)}: ` : `run ${names.get(data[0][at])}: `;
          shown.forEach((value, number) => {
            value.textContent = where ? where + withUnit(data[number + 1][at], unit) : "";
          });
        }],
      },
    }, data, holder);
    // uPlot zooms out to the data on a double click; the axis is the whole of the time.
    plot.over.addEventListener("dblclick", () => plot.setScale("x", { min: first, max: last }));
    holder.classList.add("live");
    live.set(figure, plot);
    const range = (group && ranges.get(group)) || [first, last];
    adopt(plot, range[0], range[1]);
    return { first, last };
  }

  function tools(figure) {
    const bar = document.createElement("div");
    bar.className = "tools";
    bar.setAttribute("role", "group");
    bar.setAttribute("aria-label", `Zoom: ${figure.querySelector("strong").textContent}`);
    const act = (change) => () => {
      const plot = live.get(figure);
      const { first, last } = figure.whole;
      const { min, max } = plot.scales.x;
      const [low, high] = change(min, max, max - min, first, last);
      plot.setScale("x", { min: Math.max(first, low), max: Math.min(last, high) });
    };
    const moved = (low, high, by, first, last) => {
      const step = Math.max(first - low, Math.min(last - high, by));
      return [low + step, high + step];
    };
    for (const [label, sign, change] of [
      ["Zoom in", "+", (low, high, width) => [low + width / 4, high - width / 4]],
      ["Zoom out", "−", (low, high, width) => [low - width / 2, high + width / 2]],
      ["Earlier", "←", (low, high, width, first, last) => moved(low, high, -width / 2, first, last)],
      ["Later", "→", (low, high, width, first, last) => moved(low, high, width / 2, first, last)],
      ["Whole run", "whole", (low, high, width, first, last) => [first, last]],
    ]) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = sign;
      button.title = label;
      button.setAttribute("aria-label", label);
      button.addEventListener("click", act(change));
      bar.append(button);
    }
    figure.querySelector(".plot").after(bar);
  }

  function enliven(figure) {
    if (live.has(figure)) return;
    figure.whole = build(figure);
    if (!figure.querySelector(".tools")) tools(figure);
  }

  function rebuild(figure) {
    live.get(figure).destroy();
    live.delete(figure);
    figure.whole = build(figure);
  }

  const near = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (entry.isIntersecting) {
        near.unobserve(entry.target);
        enliven(entry.target);
      }
    }
  }, { rootMargin: "400px" });
  const resized = new ResizeObserver((entries) => {
    for (const entry of entries) {
      const plot = live.get(entry.target.closest("figure"));
      const width = Math.max(entry.contentRect.width, 240);
      if (plot && Math.abs(plot.width - width) > 1) plot.setSize({ width, height: HEIGHT });
    }
  });
  for (const figure of document.querySelectorAll("figure.lines")) {
    near.observe(figure);
    resized.observe(figure.querySelector(".plot"));
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => [...live.keys()].forEach(rebuild));

  for (const box of document.querySelectorAll(".command")) {
    const code = box.querySelector("code");
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "copy";
    button.setAttribute("aria-label", `Copy: ${code.textContent}`);
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(code.textContent);
        button.textContent = "copied";
      } catch {
        getSelection().selectAllChildren(code);
        button.textContent = "selected";
      }
    });
    box.append(button);
  }

  // Other scripts of the page write figures as this one does.
  window.rustideLoadText = withUnit;
  // For tests and the curious: the charts that live, by the title of their figure.
  window.rustideLoadCharts = () => [...live].map(([figure, plot]) => ({
    title: figure.querySelector("strong").textContent, data: plot.data, from: plot.scales.x.min, to: plot.scales.x.max,
    ticks: plot.axes[1]._splits,
  }));
})();
