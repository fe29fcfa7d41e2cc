"use strict";
// Fills the page of a running load test from its stream of events. Texts are set as texts.
(() => {
  const KEPT = 600;
  const element = (id) => document.getElementById(id);
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const text = (value, unit) => window.rustideLoadText(value, unit);
  const SERIES = {
    latency: [["p50", (it) => it.performance.overall.p50_ms], ["p95", (it) => it.performance.overall.p95_ms], ["p99", (it) => it.performance.overall.p99_ms]],
    throughput: [["right answers", (it) => it.performance.overall.right_per_s]],
    memory: [["backend", (it) => it.resources.rss_mb]],
    cpu: [["backend", (it) => it.resources.cpu_percent], ["load generator", (it) => it.resources.generator_cpu_percent]],
  };
  const charts = {};
  let scenario = "";
  let last = null;
  let isOver = false;

  function head(status, headline, phase) {
    element("health").className = `verdict s-${status}`;
    element("headline").textContent = headline;
    element("phase").textContent = phase;
  }

  function chart(name) {
    const holder = element(`chart-${name}`).querySelector(".plot");
    const { unit } = holder.dataset;
    const lines = SERIES[name];
    // Asked at each drawing: a browser may go from light to dark meanwhile.
    const line = { stroke: () => colour("--grid"), width: 1 };
    const axis = { stroke: () => colour("--muted"), grid: line, ticks: line, font: "12px system-ui, sans-serif" };
    const data = [[], ...lines.map(() => [])];
    const plot = new uPlot({
      width: Math.max(holder.clientWidth, 240), height: 180, legend: { show: false }, padding: [8, 22, 0, 0],
      scales: { x: { time: false }, y: { range: (_, low, high) => [0, (high || 1) * 1.08] } },
      axes: [{ ...axis, size: 30, values: (_, splits) => splits.map((value) => `${value} s`) }, { ...axis, size: 64, values: (_, splits) => splits.map((value) => text(value, unit)) }],
      series: [{}, ...lines.map(([label], at) => ({ label, stroke: () => colour(`--c${at}`), width: 1.7, points: { show: false } }))],
    }, data, holder);
    const shown = lines.map(([label], at) => {
      const entry = document.createElement("li");
      const swatch = document.createElement("span");
      swatch.className = `swatch c${at}`;
      swatch.setAttribute("aria-hidden", "true");
      const value = document.createElement("span");
      value.className = "value";
      entry.append(swatch, `${label} `, value);
      holder.nextElementSibling.append(entry);
      return value;
    });
    new ResizeObserver(() => plot.setSize({ width: Math.max(holder.clientWidth, 240), height: 180 })).observe(holder);
    return { plot, data, lines, unit, shown };
  }

  function restart() {
    for (const one of Object.values(charts)) for (const column of one.data) column.length = 0;
  }

  function draw(state) {
    const x = Math.round(state.performance.elapsed_s);
    for (const [name, one] of Object.entries(charts)) {
      const [xs, shown] = [one.data[0], one.plot.scales.x];
      if (xs[xs.length - 1] === x) continue;
      // Who has zoomed in keeps looking there; a double click shows all again.
      const isWhole = !xs.length || (shown.min <= xs[0] && shown.max >= xs[xs.length - 1]);
      xs.push(x);
      one.lines.forEach(([, value], at) => one.data[at + 1].push(value(state)));
      if (one.data[0].length > KEPT) for (const column of one.data) column.shift();
      one.plot.setData(one.data, isWhole);
      if (!isWhole) one.plot.redraw();
      one.lines.forEach(([, value], at) => { one.shown[at].textContent = text(value(state), one.unit); });
    }
  }

  function cells(name, values) {
    const line = document.createElement("tr");
    const head = document.createElement("th");
    head.scope = "row";
    head.textContent = name;
    line.append(head);
    for (const value of values) line.insertCell().textContent = value;
    return line;
  }

  function row(name, one, outcomes) {
    const bad = Object.entries(outcomes || {}).filter(([outcome]) => outcome !== "ok").reduce((sum, [, count]) => sum + count, 0);
    return cells(name, [String(one.planned), text(one.p50_ms, "ms"), text(one.p95_ms, "ms"), text(one.p99_ms, "ms"), text(one.right_per_s, ""), String(bad)]);
  }

  function agentRow(one) {
    const told = one.lost ? [`lost: ${one.lost}`, "–", "–"] : [String(one.in_flight), text(one.cpu_percent, "percent"), text(one.rss_mb, "MB")];
    return cells(one.name, [String(one.users), String(one.answered), ...told]);
  }

  function alertText(one) {
    const peak = one.limit > 1 ? `${one.peak.toFixed(1)} times` : `${text(one.peak * 100, "percent")} of`;
    const until = one.end_s === null ? "" : ` to ${Math.round(one.end_s)} s`;
    // Times before it lie in the warm-up.
    const when = one.start_s < 0 ? `from the warm-up on${until}` : `from ${Math.round(one.start_s)} s${until} of the measured time`;
    return `${one.name.replaceAll("_", " ")}: up to ${peak} ${one.of}, ${when}`;
  }

  function listed(id, lines) {
    const list = element(id);
    if (list.textContent === lines.join("")) return;
    list.replaceChildren(...lines.map((line) => {
      const item = document.createElement("li");
      item.textContent = line;
      return item;
    }));
  }

  function show(state) {
    const { performance, resources, errors, health } = state;
    if (health.status === "idle") {
      // What was seen last stays: who comes back to the page after the run wants to know how it went.
      head("NONE", "Load test, live: nothing runs", scenario ? `${scenario} has ended, and is shown as it was seen last; waiting for the next run` : "waiting for the next run");
      isOver = true;
      return;
    }
    if (isOver || performance.scenario !== scenario || performance.elapsed_s < last) {
      scenario = performance.scenario;
      isOver = false;
      restart();
    }
    last = performance.elapsed_s;
    const isAlert = health.status === "alert";
    head(isAlert ? "FAIL" : "PASS", `${isAlert ? "ALERT" : "running"}: ${scenario}`,
      `${performance.phase}, ${Math.round(performance.elapsed_s)} of ${Math.round(performance.total_s)} s, ${performance.in_flight} requests in flight`);
    listed("alerts", errors.alerts.map(alertText));
    listed("notes", performance.notes);
    element("notes").hidden = performance.notes.length === 0;
    element("agents").hidden = resources.agents.length === 0;
    element("agent-rows").replaceChildren(...resources.agents.map(agentRow));
    element("rows").replaceChildren(...Object.entries(performance.operations).map(([name, one]) => row(name, one, errors.outcomes[name])));
    draw(state);
  }

  for (const name of Object.keys(SERIES)) charts[name] = chart(name);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => Object.values(charts).forEach((one) => one.plot.redraw()));
  const events = new EventSource("/events");
  events.onmessage = (event) => show(JSON.parse(event.data));
  events.onerror = () => {
    const seen = scenario ? `; ${scenario} is shown as it was seen last` : "";
    head("NONE", "Load test, live: no answer", `the session has ended, or does not answer; trying again …${seen}`);
    isOver = true;
  };
  const ofEach = (what) => Object.fromEntries(Object.entries(charts).map(([name, one]) => [name, what(one)]));
  window.rustideLoadLive = () => ({
    charts: ofEach((one) => one.data), ranges: ofEach(({ plot: { scales: { x } } }) => [x.min, x.max]), last,
  });
})();
