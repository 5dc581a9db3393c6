// Line charts drawn at real pixel width, so that text never shrinks.

import { put, s } from "./dom.js";

/** A linear or logarithmic scale from `domain` to `range`, both pairs; clamps a log at its foot. */
export function scale(domain, range, log = false) {
  const f = log ? (v) => Math.log(Math.max(v, domain[0] * 1e-6)) : (v) => v;
  const [a, b] = domain.map(f);
  const slope = b === a ? 0 : (range[1] - range[0]) / (b - a);
  const to = (v) => range[0] + (f(v) - a) * slope;
  to.domain = domain;
  to.range = range;
  to.back = (p) => {
    const v = slope === 0 ? a : a + (p - range[0]) / slope;
    return log ? Math.exp(v) : v;
  };
  return to;
}

/** Round numbers inside `domain`, about `count` of them. */
export function ticks([low, high], count = 5) {
  const rough = (high - low) / Math.max(1, count);
  if (!(rough > 0)) return [low];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((m) => m * power >= rough * 0.999) * power;
  const found = [];
  for (let v = Math.ceil(low / step - 1e-9) * step; v <= high + step * 1e-9; v += step) {
    found.push(Math.abs(v) < step * 1e-9 ? 0 : Number(v.toPrecision(12)));
  }
  return found;
}

/** Powers of ten (with 2 and 5 between where few) inside a logarithmic `domain`. */
export function logTicks([low, high]) {
  const found = [];
  const steps = Math.log10(high / low) > 2.5 ? [1] : [1, 3];
  for (let p = Math.floor(Math.log10(low)); 10 ** p <= high; p++) {
    for (const m of steps) {
      const v = Number((m * 10 ** p).toPrecision(6));
      if (v >= low * 0.999 && v <= high * 1.001) found.push(v);
    }
  }
  return found;
}

/** The path through points; a value that is not a number breaks it. */
export function line(xs, ys, x, y) {
  let d = "";
  let pen = false;
  for (let i = 0; i < xs.length; i++) {
    if (!Number.isFinite(ys[i]) || ys[i] === null) {
      pen = false;
      continue;
    }
    d += `${pen ? "L" : "M"}${x(xs[i]).toFixed(1)} ${y(ys[i]).toFixed(1)}`;
    pen = true;
  }
  return d;
}

/** The area between `lower` (a number or an array) and `ys`. */
export function area(xs, ys, x, y, lower = 0) {
  const foot = (i) => (typeof lower === "number" ? lower : lower[i]);
  const n = xs.length;
  let d = "";
  for (let i = 0; i < n; i++) d += `${i ? "L" : "M"}${x(xs[i]).toFixed(1)} ${y(ys[i]).toFixed(1)}`;
  for (let i = n - 1; i >= 0; i--) d += `L${x(xs[i]).toFixed(1)} ${y(foot(i)).toFixed(1)}`;
  return n ? d + "Z" : "";
}

/** The parts of a curve outside `[low, high]` (null: no limit), as new arrays with exact ends. */
export function outside(xs, ys, low, high) {
  const far = (v) => (low !== null && v < low) || (high !== null && v > high);
  const px = [];
  const py = [];
  for (let i = 0; i < xs.length; i++) {
    if (i && far(ys[i]) !== far(ys[i - 1])) {
      const limit = [ys[i], ys[i - 1]].some((v) => low !== null && v < low) ? low : high;
      const part = (limit - ys[i - 1]) / (ys[i] - ys[i - 1]);
      px.push(xs[i - 1] + part * (xs[i] - xs[i - 1]));
      py.push(limit);
      if (far(ys[i - 1])) {
        px.push(xs[i]);
        py.push(NaN);
      }
    }
    px.push(xs[i]);
    py.push(far(ys[i]) ? ys[i] : NaN);
  }
  return [px, py];
}

/** The value of a curve at `t`, by straight lines between points. */
export function at(xs, ys, t) {
  const n = xs.length;
  if (!n) return NaN;
  if (t <= xs[0]) return ys[0];
  if (t >= xs[n - 1]) return ys[n - 1];
  let a = 0;
  let b = n - 1;
  while (b - a > 1) {
    const m = (a + b) >> 1;
    if (xs[m] <= t) a = m;
    else b = m;
  }
  const span = xs[b] - xs[a];
  return span > 0 ? ys[a] + ((t - xs[a]) / span) * (ys[b] - ys[a]) : ys[b];
}

/**
 * Draws a line chart into `svg` and returns its scales, its frame and `cursor(x)`.
 *
 * Options: `width`, `height`, `margin` {top, right, bottom, left}; `x` and `y` each {domain, log,
 * ticks, format, label}; `band` [low, high] for a reference range; `series` [{x, y, colour, dash,
 * width, label, className, harm: [low, high]}]; `marks` [{x, label}] for vertical lines;
 * `title` and `description` for those who do not see it.
 */
export function lineChart(svg, options) {
  const { width, height = 200, series = [], band, marks = [] } = options;
  const margin = { top: 12, right: 12, bottom: 28, left: 44, ...options.margin };
  const frame = {
    left: margin.left,
    right: width - margin.right,
    top: margin.top,
    bottom: height - margin.bottom,
  };
  const x = scale(options.x.domain, [frame.left, frame.right], options.x.log);
  const y = scale(options.y.domain, [frame.bottom, frame.top], options.y.log);
  const parts = [];
  if (options.title) {
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", [options.title, options.description].filter(Boolean).join(". "));
  }
  svg.setAttribute("width", width);
  svg.setAttribute("height", height);
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  if (band) parts.push(bandOf(band, frame, y));
  parts.push(...yAxis(options.y, y, frame), ...xAxis(options.x, x, frame));
  for (const mark of marks) {
    const at = x(mark.x);
    parts.push(s("line", { class: "cursor", x1: at, x2: at, y1: frame.top, y2: frame.bottom,
      "stroke-dasharray": mark.dash ?? "2 3" }));
    if (mark.label) {
      parts.push(s("text", { class: "note", x: at - 4, y: frame.top + 10, "text-anchor": "end" },
        mark.label));
    }
  }
  for (const one of series) parts.push(...curve(one, x, y));
  // Ranges of many curves would cover each other: each stands as a bar beside the last point.
  parts.push(...series.filter((one) => one.range).map((one, i) => whisker(one, frame.right - 6 - 8 * i, y)));
  parts.push(...endLabels(series, x, y, frame));
  const cursor = s("line", { class: "cursor", y1: frame.top, y2: frame.bottom, visibility: "hidden" });
  put(svg, parts, cursor);
  return {
    x,
    y,
    frame,
    cursor(value) {
      cursor.setAttribute("visibility", "visible");
      cursor.setAttribute("transform", `translate(${x(value).toFixed(1)} 0)`);
    },
  };
}

function bandOf([low, high], frame, y) {
  const top = high === null || high === undefined ? frame.top : Math.max(frame.top, y(high));
  const foot = low === null || low === undefined ? frame.bottom : Math.min(frame.bottom, y(low));
  return s("rect", { class: "ref-band", x: frame.left, y: top, width: frame.right - frame.left,
    height: Math.max(0, foot - top) });
}

/** The range of the last point of a curve. */
function whisker({ range: [low, high], colour }, x, y) {
  return s("line", { class: "whisker", x1: x, x2: x, y1: y(low), y2: y(high), style: { stroke: colour } });
}

function curve(one, x, y) {
  const style = { style: {} };
  if (one.colour) style.style.stroke = one.colour;
  if (one.width) style.style["stroke-width"] = String(one.width);
  if (one.dash) style["stroke-dasharray"] = one.dash;
  const found = [s("path", { class: `curve ${one.className ?? ""}`, d: line(one.x, one.y, x, y), ...style })];
  if (one.harm) {
    const [px, py] = outside(one.x, one.y, one.harm[0] ?? null, one.harm[1] ?? null);
    found.push(s("path", { class: "curve harm-line", d: line(px, py, x, y) }));
  }
  return found;
}

function yAxis(axis, y, frame) {
  const values = axis.ticks ?? (axis.log ? logTicks(axis.domain) : ticks(axis.domain, 4));
  const format = axis.format ?? String;
  const found = values.flatMap((v) => [
    s("line", { class: "grid-line", x1: frame.left, x2: frame.right, y1: y(v), y2: y(v) }),
    s("text", { class: "tick", x: frame.left - 8, y: y(v) + 4, "text-anchor": "end" }, format(v)),
  ]);
  if (axis.label) found.push(s("text", { class: "tick", x: 0, y: frame.top - 4 }, axis.label));
  return found;
}

function xAxis(axis, x, frame) {
  const format = axis.format ?? String;
  const values = axis.ticks ?? ticks(axis.domain, Math.max(2, (frame.right - frame.left) / 80));
  const found = [
    s("line", { class: "axis-line", x1: frame.left, x2: frame.right, y1: frame.bottom, y2: frame.bottom }),
    ...values.map((v) =>
      s("text", { class: "tick", x: x(v), y: frame.bottom + 17, "text-anchor": "middle" }, format(v))),
  ];
  if (axis.label) {
    found.push(s("text", { class: "tick", x: frame.right, y: frame.bottom + 33, "text-anchor": "end" },
      axis.label));
  }
  return found;
}

/** Names of curves at their right end, moved apart where they would touch. */
function endLabels(series, x, y, frame) {
  const named = series
    .filter((one) => one.label && one.y.length)
    .map((one) => ({ one, want: y(one.y[one.y.length - 1]), x: x(one.x[one.x.length - 1]) + 8 }))
    .sort((a, b) => a.want - b.want);
  let last = -Infinity;
  for (const item of named) last = item.y = Math.max(item.want, last + 17);
  let over = (named.at(-1)?.y ?? 0) - frame.bottom;
  for (let i = named.length - 1; i >= 0 && over > 0; i--) {
    const room = i ? named[i].y - named[i - 1].y - 17 : Infinity;
    named[i].y -= over;
    over -= Math.max(0, room);
  }
  return named.map(({ one, x: left, y: top }) =>
    s("text", { class: "chart-label", x: left, y: top + 4, style: one.colour ? { fill: one.colour } : {} },
      one.label));
}
