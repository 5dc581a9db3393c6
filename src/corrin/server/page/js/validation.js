// The figure of validation: each published number as a ratio, drawn by Plotly where it is looked at.

import { h, put } from "./dom.js";
import { number, unit, upper } from "./panels.js";

const SCRIPT = "plotly.min.js";
const FURTHEST = 8; // ratios beyond are drawn at the edge
const LANES = 7; // dots of one theme are spread over so many heights

let loading;

/** Load Plotly once, and only when a figure asks for it. */
function plotly() {
  loading ??= new Promise((give, fail) => {
    const restore = withoutStyles();
    const script = h("script", { src: SCRIPT });
    script.onload = () => {
      restore();
      give(window.Plotly);
    };
    script.onerror = () => {
      restore();
      fail(new Error("The drawing library could not be loaded."));
    };
    document.head.append(script);
  });
  return loading;
}

/**
 * Keep Plotly from writing styles into the page, which the page's policy forbids; what it needs is
 * in panels.css. It looks for this mark itself; its maps, which are not used here, do not.
 */
function withoutStyles() {
  document.head.append(h("meta", { id: "plotly.js-style-global", class: "no-inline-styles" }));
  const own = document.createElement;
  document.createElement = function createElement(tag, ...rest) {
    return own.call(document, tag === "style" ? "template" : tag, ...rest);
  };
  return () => {
    document.createElement = own;
  };
}

/** Draw predicted over published for every observation; drawn again when the theme changes. */
export async function ratios(place, rows, store) {
  const list = rows.filter((row) => row.fold > 0 && Number.isFinite(row.fold));
  const themes = [...new Set(list.map((row) => row.theme))];
  const caption = h("p", { class: "t13 third" }, "Each dot is one published number; at 1 the model gives just that number. "
    + "Filled: agrees. Hollow: does not. Points beyond the edge stand on it.");
  const canvas = h("div", { class: "plot", role: "img", "aria-label": told(list, themes) });
  put(place, canvas, caption);
  try {
    const library = await plotly();
    const draw = () => library.react(canvas, traces(list, themes), layout(themes, canvas), {
      displayModeBar: false, responsive: true,
    });
    await draw();
    store.subscribe(["theme"], () => requestAnimationFrame(draw));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => requestAnimationFrame(draw));
  } catch (error) {
    put(canvas, h("p", { class: "message" }, `${error.message} The numbers are in the table below.`));
  }
}

function told(list, themes) {
  const part = (theme) => {
    const own = list.filter((row) => row.theme === theme);
    return `${theme}: ${own.filter((row) => row.agrees).length} of ${own.length} agree`;
  };
  return `Predicted over published, by theme. ${themes.map(part).join("; ")}. The misses are in the table below.`;
}

function traces(list, themes) {
  const seen = new Map();
  const made = { agrees: [], misses: [] };
  for (const row of [...list].sort((a, b) => a.fold - b.fold)) {
    const k = seen.get(row.theme) ?? 0;
    seen.set(row.theme, k + 1);
    // Neighbours of one theme go to different heights, always in the same order.
    const lane = ((k * 3) % LANES) / (LANES - 1) - 0.5;
    made[row.agrees ? "agrees" : "misses"].push({ row, y: themes.indexOf(row.theme) + 0.6 * lane });
  }
  const ink = css("--ink");
  return [["agrees", "agrees", ink], ["misses", "does not", css("--paper")]].map(([key, name, fill]) => ({
    type: "scatter", mode: "markers", name,
    x: made[key].map(({ row }) => Math.min(Math.max(row.fold, 1 / FURTHEST), FURTHEST)),
    y: made[key].map(({ y }) => y),
    text: made[key].map(({ row }) => hover(row)), hoverinfo: "text",
    marker: { size: 7, color: fill, line: { color: key === "agrees" ? css("--paper") : ink, width: key === "agrees" ? 0.5 : 1.2 } },
  }));
}

/** What is told of one dot; Plotly reads markup, so what could be markup is taken out. */
function hover(row) {
  const plain = (text) => String(text ?? "").replace(/[<>&]/g, " ");
  const value = `${number(row.value)} ${unit(row.unit)}`;
  const lines = [upper(plain(row.quantity)), plain(row.population), `published ${value}, model ${number(row.predicted)}${
    row.interval_low === null ? "" : ` (${number(row.interval_low)} to ${number(row.interval_high)})`}`, plain(row.source)];
  return lines.map((line) => (line.length > 70 ? `${line.slice(0, 68)}…` : line)).join("<br>");
}

function layout(themes, canvas) {
  const narrow = canvas.clientWidth < 480;
  const line = css("--line");
  const font = { family: css("--sans"), size: 12, color: css("--third") };
  return {
    height: 420, margin: { l: narrow ? 84 : 104, r: 12, t: 12, b: 48 }, showlegend: false, hovermode: "closest",
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font,
    hoverlabel: { bgcolor: css("--surface"), bordercolor: css("--line-strong"), font: { ...font, color: css("--ink") }, align: "left" },
    xaxis: {
      type: "log", range: [Math.log10(1 / FURTHEST) - 0.08, Math.log10(FURTHEST) + 0.08], tickvals: [0.125, 0.25, 0.5, 1, 2, 4, 8],
      ticktext: ["⅛", "¼", "½", "1", "2", "4", "8"], gridcolor: line, zeroline: false, fixedrange: true,
      title: { text: "model over published, log", font },
    },
    yaxis: {
      tickvals: themes.map((_, i) => i), ticktext: themes.map((t) => upper(t)), range: [themes.length - 0.5, -0.5],
      gridcolor: line, zeroline: false, fixedrange: true,
    },
    shapes: [{ type: "line", x0: 1, x1: 1, yref: "paper", y0: 0, y1: 1, line: { color: css("--third"), width: 1 } }],
  };
}

const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
