// What the laboratory sees: small charts with reference ranges, on the page's one time axis.

import { line, outside, scale, ticks } from "./chart.js";
import { attr, h, inSight, onWidth, put, s, text } from "./dom.js";
import { moment, pick } from "./moment.js";
import { harmed, side } from "./nodes.js";
import { number, timeNumber, unitText } from "./words.js";

/** Output: what it is called in everyday words; the server's own name where there is no other. */
const TESTS = {
  serum_b12: "Serum B12",
  holotranscobalamin: "Active B12",
  methylmalonic_acid: "Methylmalonate",
  total_homocysteine: "Homocysteine",
  hemoglobin: "",
  mean_cell_volume: "Red cell size",
  reticulocytes: "Young red cells",
  sam_sah_ratio_nerve: "Methyl supply, nerve",
};
const HEIGHT = 88;
const FOOT = 22;

export function mount(section, { store }) {
  const grid = h("div", { class: "labs" });
  put(section,
    h("div", { class: "head" }, h("h2", "What the laboratory sees"),
      h("p", { class: "lead t15" },
        "Band: reference range. Orange: outside, where that harms. Grey: swing between doses.")),
    grid);
  const cells = Object.entries(TESTS).map(([name, plain]) => cell(name, plain));
  put(grid, cells.map((one) => one.box));
  let width = 0;

  const draw = () => {
    const { run } = store.get();
    if (!run || !width) return;
    for (const one of cells) one.draw(run, width);
    place();
  };
  const place = inSight(grid, () => {
    const { run, t, level } = store.get();
    if (!run || !width) return;
    const when = moment(run, t);
    for (const one of cells) one.place(run, t, when, level);
  });
  onWidth(cells[0].box, (wide) => {
    width = wide;
    draw();
  });
  store.subscribe("run", draw);
  store.subscribe(["t", "level"], place);
}

/** The value shown: relative outputs without a range in percent of health. */
function shown(run, name) {
  const curve = run.curves[name];
  if (name !== "sam_sah_ratio_nerve") return { ...curve, factor: 1, label: unitText(curve.unit) };
  const health = run.twin[name][0];
  return {
    ...curve,
    values: curve.values.map((v) => (100 * v) / health),
    axis: [0, Math.max(110, (100 * Math.max(...curve.values)) / health)],
    label: "% of normal",
    harm: "low",
    floor: 90,
  };
}

function cell(name, plain) {
  const title = h("h3", { class: "t13" });
  const flag = h("span", { class: "flag t13" });
  const value = h("span", { class: "number t21" });
  const unit = h("span", { class: "t12 third" });
  const svg = s("svg", { role: "img", height: HEIGHT + FOOT });
  const cursor = s("line", { class: "cursor", y1: 0, y2: HEIGHT });
  const dot = s("circle", { class: "lab-dot", r: 4 });
  const box = h("div", { class: "lab" }, h("div", { class: "lab-head" }, title, flag),
    h("p", { class: "lab-value" }, value, " ", unit), svg);
  let x;
  let y;
  let curve;
  return {
    box,
    draw(run, width) {
      curve = shown(run, name);
      x = scale([run.time[0], run.time.at(-1)], [5, width - 5]);
      const [low, high] = curve.axis;
      y = scale(curve.log ? [Math.max(low, 1e-9), high] : [low, high], [HEIGHT - 3, 5], curve.log);
      attr(svg, "width", width);
      attr(svg, "aria-label", curve.long_name);
      const [from, to] = curve.reference;
      const parts = [];
      if (from !== null || to !== null) {
        const top = to === null ? 0 : Math.max(0, y(to));
        const bottom = from === null ? HEIGHT : Math.min(HEIGHT, y(from));
        parts.push(s("rect", { class: "ref-band", x: 0, width, y: top, height: Math.max(0, bottom - top) }));
      }
      parts.push(...curveOf(run.time, curve, x, y));
      parts.push(s("line", { class: "axis-line", x1: 0, x2: width, y1: HEIGHT, y2: HEIGHT }));
      const span = x.domain.map((v) => v / run.clock.years);
      for (const v of ticks(span, width > 150 ? 5 : 3)) {
        const at = x(v * run.clock.years);
        parts.push(s("text", { class: "tick", x: at, y: HEIGHT + 16,
          "text-anchor": at < 8 ? "start" : at > width - 10 ? "end" : "middle" },
          timeNumber(v * run.clock.years, run.clock)));
      }
      put(svg, parts, cursor, dot);
    },
    place(run, t, when, level) {
      const now = pick(curve.values, when);
      const off = curve.floor ? now < curve.floor : harmed(curve, now);
      const where = curve.floor ? (off ? "low" : "") : side(curve, now);
      text(title, level === "plain" && plain ? plain : curve.long_name.replace(/ \(.*\)$/, ""));
      text(value, number(now));
      text(unit, curve.label + (curve.log ? ", log" : ""));
      text(flag, where ? `${where === "low" ? "▼" : "▲"} ${where}` : "");
      attr(flag, "class", `flag t13${off ? " harm" : ""}`);
      const at = x(t).toFixed(1);
      attr(cursor, "transform", `translate(${at} 0)`);
      attr(dot, "transform", `translate(${at} ${y(now).toFixed(1)})`);
      attr(dot, "class", `lab-dot${off ? " off" : ""}`);
      attr(svg, "aria-label", `${curve.long_name} over time: ${number(now)} ${curve.label}` +
        (where ? `, ${where}` : ""));
    },
  };
}

/** The curve; where it swings between many doses, a band from trough to peak reads better. */
function curveOf(time, { values, reference, harm, floor }, x, y) {
  const low = floor ?? (harm === "high" ? null : reference[0]);
  const high = floor || harm === "low" ? null : reference[1];
  const waves = extremes(time, values);
  if (waves.length < 9) return strokes(time, values, low, high, x, y);
  // From the first trough on: what comes before is the fall or rise to it.
  const first = waves.find((i) => values[i] <= values[i - 1]);
  const peaks = waves.filter((i) => i > first && values[i] > values[i - 1]);
  const troughs = waves.filter((i) => values[i] <= values[i - 1]);
  const ends = [first, time.length - 1];
  const upper = [ends[0], ...peaks, ends[1]].filter(unique);
  const lower = [ends[0], ...troughs, ends[1]].filter(unique);
  const point = (i, value) => `${x(time[i]).toFixed(1)} ${y(value).toFixed(1)}`;
  const path = `M${[...upper.map((i) => point(i, values[i])), ...lower.toReversed().map((i) => point(i, values[i]))].join("L")}Z`;
  return [
    s("path", { class: "wave", d: path }),
    ...strokes(
      [...time.slice(0, first + 1), ...lower.slice(1).map((i) => time[i])],
      [...values.slice(0, first + 1), ...lower.slice(1).map((i) => values[i])],
      low, high, x, y,
    ),
  ];
}

const unique = (v, i, all) => i === 0 || v !== all[i - 1];

function strokes(xs, ys, low, high, x, y) {
  const found = [s("path", { class: "curve", d: line(xs, ys, x, y) })];
  if (low !== null || high !== null) {
    const [px, py] = outside(xs, ys, low ?? null, high ?? null);
    found.push(s("path", { class: "curve harm-line", d: line(px, py, x, y) }));
  }
  return found;
}

/** Indices where a curve turns by a twentieth or more. */
function extremes(time, values) {
  const found = [];
  let best = 0;
  let way = 0;
  for (let i = 1; i < values.length; i++) {
    const far = Math.abs(values[i] - values[best]) > 0.05 * Math.max(Math.abs(values[best]), 1e-9);
    if (way === 0) {
      if (far) {
        way = Math.sign(values[i] - values[best]);
        best = i;
      }
    } else if ((values[i] - values[best]) * way > 0) best = i;
    else if (far) {
      found.push(best);
      way = -way;
      best = i;
    }
  }
  return found.filter((i) => i > 0);
}
