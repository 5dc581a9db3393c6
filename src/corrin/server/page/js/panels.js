// What the panels share: numbers as corrin prints them, section heads, choices that use arrows,
// the state of a request, and small drawings of a share.

import { h, put, s } from "./dom.js";
import { capital, listing, number, percent as share } from "./words.js";

export { capital as upper, listing, number };

/** A share in percent; negative where it protects. The sign of percent stays on the line. */
export function percent(part) {
  if (part === null || part === undefined || !Number.isFinite(part)) return "not known";
  const text = part <= -0.005 ? `−${share(-part)}` : share(Math.max(part, 0));
  return text.replace(" ", "\u00a0");
}

/** A unit as printed. */
export function unit(text) {
  if (!text || text === "1") return "";
  return text.replace("umol", "µmol").replace(/\bug/g, "µg").replace("um3", "µm³")
    .replace(/10[\^*]9/, "10⁹").replace(/10[\^*]3/, "10³").replace("%/year", "% per year")
    .replace("{1.73_m2}", "1.73 m²").replace("1.73m2", "1.73 m²");
}

/** Years in words, to a tenth. */
export function year(years) {
  const text = years.toFixed(1).replace(/\.0$/, "");
  return text === "0" || text === "-0" ? "the start" : `year ${text}`;
}

/** Days as a length of time. */
export function lasting(days) {
  if (!Number.isFinite(days)) return "not known";
  if (days >= 365.25) return `${(days / 365.25).toFixed(1)} years`;
  return `${Math.max(days / 30.4375, 0.1).toFixed(1)} months`;
}

export const spaced = (text) => String(text).replaceAll("_", " ");

/** How far a number or a finding is known. */
export const GRADES = {
  measured: "measured", fitted: "fitted", assumed: "assumed", input: "an input, set by the scenario",
  seen: "read in the source", secondary: "known through another source", derived: "derived",
  memory: "from memory, not checked",
};

/** Colour of a mechanism: its place in the six colours of the page. */
const COLOURS = {
  methylation: "methylation",
  "methionine synthase": "methylation",
  homocysteine: "homocysteine",
  "DNA synthesis": "thymidylate",
  "propionate and abnormal fatty acids": "methylmalonate",
  energy: "methylmalonate",
  "methylmalonyl-CoA mutase": "methylmalonate",
  mutase: "methylmalonate",
  "trophic and cytokine": "growth",
  anaemia: "b12",
  neurotransmitters: "methylation",
};
export const colour = (mechanism) => `var(--m-${COLOURS[mechanism] ?? "b12"})`;

/** The words that open a section, and a place for its controls. */
export function head(section, title, lead = "", controls = null) {
  const heading = section.querySelector("h2") ?? h("h2", { class: "t26" });
  const name = `${section.id}-title`;
  heading.id ||= name;
  heading.textContent = title;
  section.setAttribute("aria-labelledby", heading.id);
  if (!section.hasAttribute("tabindex")) section.tabIndex = -1;
  const words = h("p", { class: "lead second" }, lead);
  put(section, h("div", { class: "head panel-head" }, h("div", null, heading, words), controls));
  return { heading, words };
}

/**
 * A set of which one is chosen; arrows move, as in a native set of radio buttons.
 * `items` are {value, label}; `pick(value)` is called on a change.
 */
export function choice(label, items, value, pick, { role = "radiogroup" } = {}) {
  const tabs = role === "tablist";
  const group = h("div", { class: "chips", role, "aria-label": label });
  const buttons = items.map((item) => h("button", {
    type: "button", class: "chip", role: tabs ? "tab" : "radio", "data-value": item.value,
    onclick: () => pick(item.value),
  }, item.label));
  group.append(...buttons);
  group.addEventListener("keydown", (event) => {
    const at = buttons.indexOf(document.activeElement);
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    let next = -1;
    if (step) next = (at + step + buttons.length) % buttons.length;
    else if (event.key === "Home") next = 0;
    else if (event.key === "End") next = buttons.length - 1;
    if (at < 0 || next < 0) return;
    event.preventDefault();
    buttons[next].focus();
    pick(items[next].value);
  });
  const show = (chosen) => {
    const known = items.some((item) => item.value === chosen);
    buttons.forEach((button, i) => {
      const here = items[i].value === chosen;
      button.setAttribute(tabs ? "aria-selected" : "aria-checked", String(here));
      button.tabIndex = here || (!known && i === 0) ? 0 : -1;
    });
  };
  show(value);
  return { node: group, show, buttons };
}

/** One line that says what is going on; read out when it changes. */
export function status() {
  const node = h("p", { class: "t13 third status", role: "status" });
  return {
    node,
    say(text) {
      if (node.textContent !== text) node.textContent = text;
    },
  };
}

/** The message of an error, with what to do. */
export function trouble(error) {
  return h("p", { class: "message", role: "alert" }, error.message,
    error.hint ? h("span", { class: "second" }, ` ${capital(error.hint)}`) : null);
}

/** A share between 0 and 1: bar for the range, point for the share. */
export function range(share, low, high, tint) {
  const at = (value) => 100 * Math.min(Math.max(value, 0), 1);
  const part = s("svg", { class: "spread", width: "100%", height: 12, "aria-hidden": "true" });
  part.append(s("line", { class: "spread-rail", x1: 0, x2: "100%", y1: 6, y2: 6 }));
  if (low !== null && high !== null && low !== undefined && high !== undefined) {
    const bar = s("rect", {
      x: `${at(low)}%`, width: `${Math.max(at(high) - at(low), 0.4)}%`, y: 2, height: 8, rx: 4,
      class: "spread-bar",
    });
    bar.style.fill = tint;
    part.append(bar);
  }
  if (share !== null && share !== undefined) {
    const dot = s("circle", { cx: `${at(share)}%`, cy: 6, r: 4.5, class: "spread-dot" });
    dot.style.fill = tint;
    part.append(dot);
  }
  return part;
}

/** A bar from 0 to 1 with a mark for where it was before. */
export function bar(share, before = null, tint = "var(--ink)") {
  const at = (value) => 100 * Math.min(Math.max(value, 0), 1);
  const part = s("svg", { class: "fill", width: "100%", height: 10, "aria-hidden": "true" });
  part.append(s("rect", { class: "fill-rail", width: "100%", height: 8, y: 1, rx: 4 }));
  const filled = s("rect", { width: `${at(share)}%`, height: 8, y: 1, rx: Math.min(4, at(share)) });
  filled.style.fill = tint;
  part.append(filled);
  if (before !== null) {
    const place = { x1: `${at(before)}%`, x2: `${at(before)}%`, y1: 0, y2: 10 };
    part.append(s("line", { class: "fill-gap", ...place }), s("line", { class: "fill-before", ...place }));
  }
  return part;
}

/** A table from columns {head, cell(row), number} and rows; the first column heads its row. */
export function table(caption, columns, rows, { unseen = false } = {}) {
  const box = h("div", { class: "scroll", role: "group", "aria-label": caption },
    h("table", null,
      h("caption", { class: unseen ? "unseen" : "" }, caption),
      h("thead", null, h("tr", null, columns.map((c) =>
        h("th", { scope: "col", class: c.number ? "n" : "" }, c.head)))),
      h("tbody", null, rows.map((row) => h("tr", null, columns.map((c, i) => {
        const inside = c.cell(row);
        return i === 0 ? h("th", { scope: "row" }, inside)
          : h("td", { class: c.number ? "n" : "" }, inside);
      }))))));
  // Only a table that is wider than its place has to be reached to be moved.
  new ResizeObserver(() => {
    if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }).observe(box);
  return box;
}

/** Calls `fn` once, when `node` comes near the screen. */
export function whenNear(node, fn) {
  const seen = new IntersectionObserver((entries) => {
    if (!entries.some((e) => e.isIntersecting)) return;
    seen.disconnect();
    fn();
  }, { rootMargin: "400px 0px" });
  seen.observe(node);
}

/** Calls `fn` once, when `node` has been on the screen for a moment. */
export function whenStaying(node, fn, wait = 700) {
  let timer = 0;
  const seen = new IntersectionObserver((entries) => {
    clearTimeout(timer);
    if (!entries.at(-1).isIntersecting) return;
    timer = setTimeout(() => {
      seen.disconnect();
      fn();
    }, wait);
  });
  seen.observe(node);
}

/** Calls `fn` when nothing has asked for it for `wait` ms. */
export function settle(fn, wait) {
  let timer = 0;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => fn(...args), wait);
  };
}

/** The scenario of the page as the API takes it. */
export const body = (state) => ({ ...state.scenario });

/** What a person calls each symptom: chip, question in plain words, question for a clinician. */
export const SYMPTOMS = [
  { value: "numbness_feet", label: "Feet", plain: ["feet", "numb"], clinical: "Sensory loss in the feet" },
  { value: "numbness_hands", label: "Hands", plain: ["hands", "numb"], clinical: "Sensory loss in the hands" },
  { value: "leg_weakness", label: "Legs", plain: ["legs", "weak"], clinical: "Weakness of the legs" },
  { value: "balance", label: "Balance", plain: ["balance", "poor"], clinical: "Sensory ataxia and gait" },
  { value: "cognition", label: "Memory", plain: ["memory", "poor"], clinical: "Cognition" },
  { value: "mood", label: "Mood", plain: ["mood", "low"], clinical: "Mood" },
  { value: "vision", label: "Eyes", plain: ["eyes", "dim"], clinical: "Vision" },
];
