// One time for the whole page: lanes drawn to scale under a native range input.

import { area, scale, ticks } from "./chart.js";
import { attr, h, onWidth, perFrame, put, s, still, text } from "./dom.js";
import { moment, pick } from "./moment.js";
import { spoken } from "./story.js";
import { capital, chosen, level, timeNumber, timeText } from "./words.js";

/** Seconds that playing takes from one end to the other. */
const PLAY = 15;
const LANE = 17;
const SYMPTOM = 30;
const SHORT = {
  serum_b12: "B12 low",
  methylmalonic_acid: "MMA high",
  total_homocysteine: "Homocysteine high",
  mean_cell_volume: "Large red cells",
  hemoglobin: "Anaemia",
};
/** What plain names symptoms in the lane. */
export const LANES = {
  cognition: "Memory", mood: "Mood", vision: "Sight", balance: "Balance",
  numbness_hands: "Numb hands", leg_weakness: "Weak legs", numbness_feet: "Numb feet",
};

export function mount(section, { store }) {
  const play = h("button", { type: "button", class: "play", "aria-label": "Play" },
    s("svg", { viewBox: "0 0 24 24", width: 24, height: 24, "aria-hidden": "true" },
      s("path", { class: "play-shape", d: "M8 5v14l11-7z" }),
      s("path", { class: "pause-shape", d: "M7 5h4v14H7zM13 5h4v14h-4z" })));
  const now = h("p", { class: "now number" });
  const age = h("p", { class: "t12 third" });
  const svg = s("svg", { "aria-hidden": "true" });
  const range = h("input", { type: "range", class: "range", "aria-label": "Time", min: 0, max: 1,
    step: 0.01, value: 0 });
  const cursor = h("div", { class: "time-cursor", "aria-hidden": "true" }, h("i"));
  const plot = h("div", { class: "lanes" }, svg, range, cursor);
  const heads = h("div", { class: "lane-heads t12", "aria-hidden": "true" });
  put(section, h("div", { class: "wrap timeline-in" },
    h("div", { class: "clock" }, play, h("div", now, age)), heads, plot));

  let x = null;
  let width = 0;

  const place = perFrame(() => {
    const { run, t, level: words } = store.get();
    if (!run || !x) return;
    text(now, capital(timeText(t, run.clock)));
    text(age, `age ${Math.floor(run.person.age + t)}`);
    cursor.style.transform = `translateX(${x(t).toFixed(1)}px)`;
    if (Math.abs(Number(range.value) - t) > 1e-9) range.value = t;
    attr(range, "aria-valuetext", spoken(run, t, words));
  });

  const draw = () => {
    const { run, symptom } = store.get();
    if (!run || !width) return;
    const pad = 11; // half the thumb, so that it reaches both ends
    const span = [run.time[0], run.time.at(-1)];
    x = scale(span, [pad, width - pad]);
    range.min = span[0];
    range.max = span[1];
    range.step = (span[1] - span[0]) / 400;
    range.value = store.get().t ?? span[0];
    const lanes = build(run, chosen(run, symptom), x, width);
    attr(svg, "width", width);
    attr(svg, "height", lanes.height);
    put(svg, lanes.parts);
    put(heads, lanes.heads.map(({ words, y }) => h("span", { style: { top: `${y}px` } }, words)));
    plot.style.height = heads.style.height = `${lanes.height}px`;
    cursor.style.height = `${lanes.foot}px`;
    range.style.height = `${lanes.height}px`;
    document.documentElement.style.setProperty("--timeline", `${section.offsetHeight}px`);
    place();
  };

  range.addEventListener("input", () => {
    stop();
    store.set({ t: Number(range.value) });
  });
  onWidth(plot, (wide) => {
    width = wide;
    draw();
  });
  store.subscribe(["run", "symptom"], draw);
  store.subscribe(["t", "level"], place);

  // Playing.
  let frame = 0;
  let last = 0;
  const stop = () => {
    cancelAnimationFrame(frame);
    frame = 0;
    play.classList.remove("playing");
    play.setAttribute("aria-label", "Play");
  };
  const step = (time) => {
    const { run, t } = store.get();
    const speed = (run.time.at(-1) - run.time[0]) / PLAY;
    const next = t + (Math.min(100, time - last) / 1000) * speed;
    last = time;
    const end = run.time.at(-1);
    store.set({ t: Math.min(next, end) });
    if (next >= end) stop();
    else frame = requestAnimationFrame(step);
  };
  play.addEventListener("click", () => {
    const { run, t } = store.get();
    if (frame || !run) return stop();
    if (t >= run.time.at(-1) - 1e-6) store.set({ t: run.time[0] });
    play.classList.add("playing");
    play.setAttribute("aria-label", "Pause");
    last = performance.now();
    frame = requestAnimationFrame(step);
  });
  document.addEventListener("visibilitychange", () => document.hidden && stop());
  store.subscribe("scenario", stop);
  section.classList.toggle("still", still());
}

/** The lanes: events in the blood, causes, treatments, the symptom, the years. */
function build(run, symptom, x, width) {
  const parts = [];
  const heads = [];
  let y = 2;
  const events = eventsOf(run, x, width);
  if (events.parts.length && width > 420) {
    heads.push({ words: "In the blood", y: y + 1 });
    parts.push(s("g", { transform: `translate(0 ${y})` }, events.parts));
    y += events.rows * 15 + 5;
  }
  const narrow = width <= 420;
  const bars = (kind, name) => {
    const found = run.timeline.filter((one) => one.kind === kind);
    const rows = stack(found);
    rows.forEach((row, index) => {
      if (!index) heads.push({ words: name, y: y + 1 });
      for (const one of row) parts.push(...bar(one, kind, run, x, y));
      y += LANE + 2;
    });
    if (kind === "treat" && found.length) {
      parts.push(...doses(run).map((t) =>
        s("rect", { class: "dose", x: x(t) - 0.75, y: y - 2, width: 1.5, height: 4 })));
      y += 4;
    }
  };
  const diets = run.timeline.filter((one) => one.kind === "diet");
  const usual = diets.every((one) => one.text === "omnivore");
  if (!usual && !narrow) bars("diet", "Diet");
  bars("cause", "Cause");
  bars("treat", "Treatment");
  y += 4;
  heads.push({ words: LANES[symptom.name] ?? symptom.word, y: y + SYMPTOM - 18 });
  parts.push(...severity(run, symptom, x, y));
  y += SYMPTOM;
  const foot = y;
  parts.push(s("line", { class: "axis-line", x1: 0, x2: width, y1: y, y2: y }));
  const span = x.domain.map((v) => v / run.clock.years);
  for (const v of ticks(span, Math.max(3, width / 90))) {
    parts.push(s("text", { class: "tick", x: x(v * run.clock.years), y: y + 18, "text-anchor":
      anchor(x(v * run.clock.years), width) }, timeNumber(v * run.clock.years, run.clock)));
  }
  heads.push({ words: capital(run.clock.name), y: y + 6 });
  return { parts, heads, height: y + 24, foot };
}

/** Times of doses; the server keeps a readable number of them. */
const doses = (run) => run.lanes.flatMap((one) => one.doses);

const anchor = (at, width) => (at < 12 ? "start" : at > width - 12 ? "end" : "middle");

/** Rows of bars that do not overlap; more than three rows are merged into the last. */
function stack(items) {
  const rows = [];
  for (const one of items) {
    const free = rows.find((row) => row.at(-1).until <= one.from + 1e-9);
    if (free) free.push(one);
    else if (rows.length < 3) rows.push([one]);
    else rows[2].push(one);
  }
  return rows;
}

function bar(one, kind, run, x, y) {
  const left = x(one.from);
  const wide = Math.max(3, x(Math.min(one.until, run.time.at(-1))) - left);
  const found = [s("rect", { class: `bar ${kind}`, x: left, y, width: wide, height: LANE, rx: 3 })];
  const words = capital(kind === "treat" ? one.text.split(/ (every|daily|weekly|\d+ times)/)[0] : one.text);
  const room = Math.floor(wide / 6.6) - 2;
  if (room > 5) {
    found.push(s("text", { class: `bar-words ${kind}`, x: left + 7, y: y + 12.5 },
      words.length > room ? words.slice(0, room - 1).trimEnd() + "…" : words));
  }
  return found;
}

/** Dots where a laboratory value first leaves its range, their words in two rows. */
function eventsOf(run, x, width) {
  const ends = [-Infinity, -Infinity];
  const parts = [];
  let rows = 1;
  const found = run.events.filter((one) => SHORT[one.curve] && one.first !== null && one.first > 0);
  for (const one of found) {
    const words = SHORT[one.curve];
    const at = x(one.first);
    const long = words.length * 6.6 + 12;
    const left = at + long > width ? at - long : at;
    const row = ends.findIndex((end) => end < left - 6);
    if (row < 0) continue;
    ends[row] = left + long;
    rows = Math.max(rows, row + 1);
    const flip = left < at;
    parts.push(s("circle", { class: "event", cx: at, cy: row * 15 + 7, r: 3.5 }),
      s("text", { class: "event-words", x: flip ? at - 8 : at + 8, y: row * 15 + 11,
        "text-anchor": flip ? "end" : "start" }, words));
  }
  return { parts, rows };
}

/** The severity of the symptom over time; its colour follows the grade. */
function severity(run, symptom, x, y) {
  const { values } = run.curves[symptom.severity];
  const height = scale([0, 4], [y + SYMPTOM, y + 2]);
  const [first, last] = x.range;
  const stops = [];
  let step = -1;
  run.time.forEach((t, i) => {
    const grade = level(values[i]);
    if (grade === step) return;
    const at = ((x(t) - first) / (last - first)).toFixed(4);
    if (step >= 0) stops.push(s("stop", { offset: at, class: `stop-${step}` }));
    stops.push(s("stop", { offset: at, class: `stop-${grade}` }));
    step = grade;
  });
  return [
    s("defs", s("linearGradient", { id: "lane-severity", gradientUnits: "userSpaceOnUse", x1: first,
      x2: last }, stops)),
    s("path", { class: "lane-area", fill: "url(#lane-severity)", d: area(run.time, values, x, height) }),
  ];
}

/** Severity and chance of a symptom now. */
export function felt(run, symptom, t) {
  const when = moment(run, t);
  return {
    grade: pick(run.curves[symptom.severity].values, when),
    chance: pick(run.curves[symptom.probability].values, when),
  };
}
