// The nerve laboratory now: an impulse of the solver on a healthy fibre and on the damaged one,
// recordings, and every finding with its limit. Drawn speeds are computed speeds, slowed.

import { lineChart } from "./chart.js";
import { superseded } from "./api.js";
import { h, onWidth, perFrame, put, s, still, text } from "./dom.js";
import { capital, number, percent, quantity, timeText, unitText } from "./words.js";

/** Seconds that a millisecond on the fibre takes on the page. */
const SLOW = 1.4;
const HEIGHT = 92;
const RECORDINGS = {
  P40: "Ankle to brain (P40)", N22: "Ankle to cord (N22)", N20: "Wrist to brain (N20)",
  P100: "Eye to brain (P100)", sural: "Sural nerve, foot", "tibial distal": "Tibial nerve, foot",
  "MEP leg": "Brain to leg (MEP)", "MEP arm": "Brain to hand (MEP)",
};
const FINDING = { P40: "p40", N22: "n22", N20: "n20", P100: "p100", sural: "sural_velocity",
  "tibial distal": "tibial_distal_latency", "MEP leg": "cmct_leg", "MEP arm": "cmct_arm" };

export function mount(section, { store, api }) {
  const lead = h("p", { class: "lead t15", role: "status" });
  const strips = [strip(), strip()];
  const state = h("p", { class: "t13 third" });
  const choose = h("select", { class: "input small", "aria-label": "Recording" },
    Object.entries(RECORDINGS).map(([name, words]) => h("option", { value: name }, words)));
  const said = h("p", { class: "t13 second" });
  const trace = s("svg", {});
  const traceBox = h("div", {}, trace);
  const table = h("div", { class: "table-scroll", tabindex: 0, role: "region", "aria-label": "Findings" });
  const all = h("details", { class: "all-findings" },
    h("summary", { class: "t13" }, "Every finding with its limit"), table);
  put(section,
    h("div", { class: "head" }, h("h2", { id: "nerve-title" }, "One signal, ankle to brain"), lead),
    h("div", { class: "grid12" },
      h("div", { class: "c8" }, strips.map((one) => one.box), state),
      h("div", { class: "c4" }, h("h3", { class: "t13" }, "What an evoked potential would record"),
        choose, traceBox, said)),
    all);

  let answer = null;
  let width = 0;
  const drawTrace = () => {
    if (answer && width) text(said, recording(trace, answer, choose.value, width, store.get().run));
  };
  onWidth(traceBox, (wide) => {
    width = wide;
    drawTrace();
  });
  choose.addEventListener("change", drawTrace);

  // Asked for when the time has rested and the strip is in sight.
  let timer = 0;
  let asked = "";
  let seen = false;
  const ask = async () => {
    const { run, scenario, t } = store.get();
    if (!run || !seen || document.hidden) return;
    const key = JSON.stringify([scenario, t]);
    if (key === asked) return;
    asked = key;
    try {
      answer = await api.post("nerve", { ...scenario, at: t });
      show();
    } catch (error) {
      asked = "";
      if (!superseded(error)) text(lead, `The nerve laboratory could not be computed: ${error.message}`);
    }
  };
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 180);
  };
  const show = () => {
    const { run } = store.get();
    const [well, ill] = answer.fibres;
    text(lead, `The same impulse, computed on a healthy fibre and on one damaged as the dorsal ` +
      `columns at ${timeText(answer.at, run.clock)}. Slowed ${number(SLOW * 1000, 2)} times.`);
    strips[0].show("Healthy", well.words, well, well);
    strips[1].show(`${capital(run.person.possessive === "her" ? "hers" : "his")}, ` +
      timeText(answer.at, run.clock), `${ill.words}; ${percent(ill.conducting)} of fibres carry it`,
      ill, well);
    text(state, `Of these fibres ${percent(ill.axons)} are left, with ${percent(ill.myelin)} of their ` +
      `myelin. Over the whole path of ${number(answer.path_mm / 10)} cm the signal runs at ` +
      `${number(ill.path_velocity_m_s)} m/s instead of ${number(well.path_velocity_m_s)}. Orange: ` +
      "stretches that take the impulse longer than in health.");
    drawTrace();
    put(table, findings(answer));
    start();
  };
  store.subscribe(["run", "t", "scenario"], later);
  document.addEventListener("visibilitychange", later);

  // The impulse: one clock for both strips.
  let frame = 0;
  let origin = 0;
  const draw = (now) => {
    frame = 0;
    if (!answer || !seen || document.hidden) return;
    origin ||= now;
    const end = Math.max(...answer.fibres.map((one) => lastOf(one))) + 0.5;
    const at = still() ? end * 0.35 : (((now - origin) / 1000 / SLOW) % end);
    for (const one of strips) one.frame(at);
    if (!still()) frame = requestAnimationFrame(draw);
  };
  const start = perFrame(() => {
    if (!frame) frame = requestAnimationFrame(draw);
  });
  new IntersectionObserver(([entry]) => {
    seen = entry.isIntersecting;
    if (seen) {
      later();
      start();
    }
  }, { rootMargin: "200px" }).observe(section);
  const redraw = () => {
    for (const one of strips) one.colour();
    drawTrace();
    start();
  };
  new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
}

const lastOf = ({ crossed_ms: crossed }) => crossed.findLast((one) => one !== null) ?? 0;

/** One fibre: its internodes drawn once, the voltage of the solver drawn each frame. */
function strip() {
  const name = h("p", { class: "t13 eyebrow" });
  const words = h("p", { class: "t13 fibre-words" });
  const canvas = h("canvas", { class: "fibre-canvas", role: "img" });
  const holder = h("div", { class: "fibre-box" }, canvas);
  const box = h("div", { class: "fibre" }, h("div", { class: "fibre-head" }, name, words), holder);
  const still = document.createElement("canvas");
  let fibre = null;
  let healthy = null;
  let width = 0;
  let colours = {};

  const colour = () => {
    const style = getComputedStyle(document.documentElement);
    const get = (key) => style.getPropertyValue(key).trim();
    colours = { line: get("--m-methylation"), sheath: get("--pipe"), edge: get("--contour"),
      axon: get("--skin"), slow: get("--sev1"), slower: get("--sev2"), block: get("--sev4"),
      harm: get("--harm"), paper: get("--paper") };
    ground();
  };
  const x = (i) => 8 + (i / (fibre.position_mm.length - 1)) * (width - 16);
  const ground = () => {
    if (!fibre || !width) return;
    const scale = devicePixelRatio || 1;
    for (const one of [canvas, still]) {
      one.width = Math.round(width * scale);
      one.height = Math.round(HEIGHT * scale);
    }
    canvas.style.width = `${width}px`;
    canvas.style.height = `${HEIGHT}px`;
    const pen = still.getContext("2d");
    pen.scale(scale, scale);
    pen.strokeStyle = colours.edge;
    pen.fillStyle = colours.axon;
    pen.lineWidth = 1;
    round(pen, 2, 69, width - 4, 6, 3);
    for (let i = 1; i < fibre.position_mm.length; i++) {
      const late = lateness(fibre, healthy, i);
      const thin = 4 + 5 * sheath(fibre, late);
      pen.fillStyle = late === Infinity ? colours.block : late > 2.5 ? colours.slower
        : late > 1.25 ? colours.slow : colours.sheath;
      pen.strokeStyle = late > 1.25 ? colours.harm : colours.edge;
      const left = x(i - 1) + 1.6;
      const wide = x(i) - x(i - 1) - 3.2;
      round(pen, left, 68 - thin, wide, thin, 3);
      round(pen, left, 76, wide, thin, 3);
    }
  };
  onWidth(holder, (wide) => {
    width = wide;
    ground();
    if (fibre) draw(0);
  });

  const draw = (at) => {
    const pen = canvas.getContext("2d");
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(still, 0, 0);
    const scale = devicePixelRatio || 1;
    pen.scale(scale, scale);
    const { time, voltage_mv: voltage } = fibre;
    const step = time[1] - time[0];
    const place = Math.min(time.length - 1.001, Math.max(0, (at - time[0]) / step));
    const i = Math.floor(place);
    const part = place - i;
    const now = voltage[i];
    const next = voltage[i + 1] ?? now;
    pen.strokeStyle = colours.line;
    pen.fillStyle = colours.line;
    pen.lineWidth = 2;
    pen.lineJoin = "round";
    pen.beginPath();
    for (let n = 0; n < now.length; n++) {
      const mv = now[n] + part * (next[n] - now[n]);
      const y = 50 - (mv + 80) * 0.4;
      if (n) pen.lineTo(x(n), y);
      else pen.moveTo(x(n), y);
    }
    pen.stroke();
    for (let n = 0; n < now.length; n++) {
      const mv = now[n] + part * (next[n] - now[n]);
      if (mv < -62) continue;
      pen.globalAlpha = Math.min(1, (mv + 66) / 70);
      pen.beginPath();
      pen.arc(x(n), 72, 3.6, 0, 7);
      pen.fill();
    }
    pen.globalAlpha = 1;
  };
  return {
    box,
    colour,
    frame: (at) => fibre && width && draw(at),
    show(title, told, one, well) {
      fibre = one;
      healthy = well;
      text(name, title);
      text(words, told);
      words.classList.toggle("harm", one !== well && one.velocity_m_s < 0.9 * well.velocity_m_s);
      canvas.setAttribute("aria-label", `${title}: an impulse running along the fibre, ${told}`);
      colour();
    },
  };
}

/** How many times longer than in health the impulse takes over one internode. */
function lateness(fibre, healthy, i) {
  const [a, b] = [fibre.crossed_ms[i - 1], fibre.crossed_ms[i]];
  if (a === null || b === null) return Infinity;
  return (b - a) / (healthy.crossed_ms[i] - healthy.crossed_ms[i - 1]);
}

/** Drawn thickness: the mean of the tract's myelin where the impulse is late. */
const sheath = (fibre, late) => (late > 1.25 ? fibre.myelin : 1);

function round(pen, x, y, wide, high, radius) {
  pen.beginPath();
  pen.roundRect(x, y, wide, high, radius);
  pen.fill();
  pen.stroke();
}

/** Draws one recording, healthy and now, and says what it found. */
function recording(svg, answer, name, width, run) {
  const of = (study) => study.traces.find((one) => one.name === name);
  const well = of(answer.healthy);
  const ill = of(answer.examination);
  if (!well || !ill) return "";
  const [from, to] = answer.windows[name] ?? [well.time[0], well.time.at(-1)];
  const inside = ({ time, value }) => {
    const first = time.findIndex((one) => one >= from);
    const last = time.findLastIndex((one) => one <= to);
    return { x: time.slice(first, last + 1), y: value.slice(first, last + 1) };
  };
  const shown = [inside(well), inside(ill)];
  const values = shown.flatMap((one) => one.y);
  const reach = Math.max(1e-9, ...values.map(Math.abs));
  const domain = [Math.min(-0.15 * reach, 1.1 * Math.min(...values)), 1.1 * Math.max(...values, 0)];
  const finding = answer.examination.findings.find((one) => one.quantity.startsWith(FINDING[name]));
  const before = answer.healthy.findings.find((one) => one.quantity === finding?.quantity);
  const bad = finding && finding.flag !== "normal" && finding.flag !== "";
  lineChart(svg, {
    width, height: 190, margin: { left: 8, right: 8, top: 8, bottom: 44 },
    x: { domain: [from, to], label: "milliseconds after the stimulus" },
    y: { domain, ticks: [] },
    series: [
      { ...shown[0], className: "faint" },
      { ...shown[1], colour: bad ? "var(--harm)" : "var(--m-methylation)", width: 2 },
    ],
    title: `${RECORDINGS[name]}: dotted healthy, solid now`,
  });
  const whose = run.person.possessive === "her" ? "hers" : "his";
  const value = (one) => (one?.value == null ? "absent" : quantity(one.value, one.unit));
  const edge = finding?.high ?? finding?.low ?? null;
  const limit = edge === null ? "" : `, limit ${quantity(edge, finding.unit)}`;
  const flag = bad && finding.value !== null ? ` (${finding.flag})` : "";
  return `Dotted: healthy, ${value(before)}. Solid: ${whose}, ${value(finding)}${flag}${limit}.`;
}

function findings({ examination, healthy }) {
  const well = new Map(healthy.findings.map((one) => [one.quantity, one]));
  const limit = ({ low, high, unit }) =>
    low === null && high === null ? "none known"
      : [low !== null && `from ${number(low)}`, high !== null && `to ${number(high)}`].filter(Boolean).join(" ") +
        ` ${unitText(unit)}`;
  const value = (one) => (one.value === null ? "absent" : quantity(one.value, one.unit));
  return h("table", { class: "findings t13" },
    h("thead", h("tr", ["Finding", "Healthy", "Now", "Limit", "", "Source of the limit"]
      .map((one) => h("th", { scope: "col" }, one)))),
    h("tbody", examination.findings.map((one) =>
      h("tr", h("th", { scope: "row" }, one.long_name), h("td", value(well.get(one.quantity))),
        h("td", { class: one.flag === "normal" || !one.flag ? "" : "harm" }, value(one)),
        h("td", limit(one)), h("td", one.flag), h("td", { class: "third" }, `${one.source} (${one.grade})`)))));
}
