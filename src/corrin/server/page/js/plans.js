// Treatment plans: what can be picked, as the lines that corrin reads, and the fields to pick them.

import { h, put } from "./dom.js";
import { upper } from "./panels.js";

export const MOST = 4;

/** How each plan is drawn: apart in lightness and by dashes as well as in hue. */
export const LOOKS = [
  { tint: "var(--m-b12)", dash: "" },
  { tint: "var(--m-methylmalonate)", dash: "" },
  { tint: "var(--m-methylation)", dash: "7 4" },
  { tint: "var(--m-thymidylate)", dash: "2 4" },
];
export const NONE = { tint: "var(--third)", dash: "" };

const OTHER = "other";
const LINE = "line";
const DOSES = {
  im: ["1 mg", "250 ug", "500 ug", "5 mg"], oral: ["1 mg", "2 mg", "500 ug", "100 ug", "50 ug", "10 ug"],
  sublingual: ["1 mg", "2 mg", "500 ug"], nasal: ["500 ug", "1 mg"],
};
const OWN = { "folic acid": ["5 mg", "0.4 mg", "1 mg"], methionine: ["3 g", "1 g"], betaine: ["3 g", "6 g"] };
const ROUTES = { im: "injection", oral: "by mouth", sublingual: "under the tongue", nasal: "nasal spray" };

/** The plans that a page opens on: the treatment of the scenario, a year earlier, two others. */
export function usual(run, t) {
  const own = run.timeline?.find((span) => span.kind === "treat");
  const start = round(own ? own.from : Math.max(Math.min(t ?? run.until / 2, run.until - 1), 0));
  const text = own?.text ?? "hydroxocobalamin neurology";
  const plans = [{ text, start }];
  if (start >= 1) plans.push({ text, start: round(start - 1) });
  plans.push({ text: "cyanocobalamin oral 1 mg", start }, { text: "folic acid 5 mg oral daily", start });
  return plans.slice(0, MOST);
}

const round = (years) => Math.round(years * 10) / 10;

/** Plans as they may come from a link: plain values within limits. */
export function sound(plans) {
  return (Array.isArray(plans) ? plans : []).slice(0, MOST).map((plan) => (
    typeof plan === "string" ? { text: plan, start: 0 } : {
      ...(plan?.own === true ? { own: true } : plan?.pick === true ? { pick: true } : {}),
      text: String(plan?.text ?? "").slice(0, 300), start: Number.isFinite(plan?.start) ? Math.min(Math.max(0, plan.start), 99) : 0,
    })).filter((plan) => plan.text);
}

/** What a plan is in a word or two, for the end of a curve. */
export function brief(plan, choices) {
  const line = meaning(plan.text, choices);
  const drug = line.split(" ")[0];
  if (plan.text === "none" || line === "none") return "Nothing";
  if (line.startsWith("diet ")) return upper(line.slice(5));
  if (line.startsWith("stop ")) return upper(line);
  if (!/cobalamin/.test(drug)) return upper(line.match(/^[a-z -]+?(?= \d)/)?.[0] ?? drug);
  if (/\bim\b|intramuscular/.test(line)) return "Injections";
  if (/nasal/.test(line)) return "Nasal spray";
  return "Tablets";
}

/** The line behind a name of the library. */
export function meaning(text, choices) {
  return choices?.regimens?.find((r) => r.name === text)?.treatment ?? text;
}

/** Read a simple line into its fields; null where it says more. */
function parts(text, choices) {
  const drugs = choices.products.map((p) => p.drug).join("|");
  const found = new RegExp(`^(${drugs}) ([\\d.]+ (?:ug|mg|g)) (?:(im|oral|sublingual|nasal) )?(.+)$`).exec(text);
  if (!found || !choices.schedules.includes(found[4])) return null;
  const [, drug, dose, route, schedule] = found;
  return { drug, dose, route: route ?? choices.products.find((p) => p.drug === drug).routes[0], schedule };
}

/** The fields of all plans; `change(plans)` is called with new ones. */
export function editor(choices, change) {
  const node = h("div", { class: "plans" });
  let shown = "";
  let plans = [];

  function set(index, patch) {
    plans = plans.map((plan, i) => (i === index ? { ...plan, ...patch } : plan));
    change(plans);
  }

  function show(next) {
    const text = JSON.stringify(next);
    if (text === shown) return;
    // The field in use keeps its focus when its plan is drawn again.
    const focus = node.contains(document.activeElement) ? document.activeElement.id : "";
    shown = text;
    plans = next;
    put(node, plans.map((plan, i) => one(plan, i)), plans.length < MOST ? add() : null);
    if (focus) document.getElementById(focus)?.focus();
  }

  function one(plan, i) {
    const letter = String.fromCharCode(65 + i);
    const id = (name) => `plan-${letter.toLowerCase()}-${name}`;
    const listed = choices.regimens.find((r) => r.treatment !== "none" && (r.name === plan.text || r.treatment === plan.text));
    const inLibrary = listed && !plan.own && !plan.pick;
    const simple = inLibrary ? null : parts(meaning(plan.text, choices), choices);
    const mode = inLibrary ? listed.name : plan.own || !simple ? LINE : OTHER;
    const select = h("select", { class: "input", id: id("what"), onchange: (event) => {
      const { value } = event.target;
      const line = meaning(plan.text, choices);
      if (value === OTHER) set(i, { text: parts(line, choices) ? line : "cyanocobalamin 1 mg oral daily", own: undefined, pick: true });
      else if (value === LINE) set(i, { text: line, own: true, pick: undefined });
      else set(i, { text: value, own: undefined, pick: undefined });
    } },
    h("optgroup", { label: "From the library" }, choices.regimens.filter((r) => r.treatment !== "none").map((r) =>
      h("option", { value: r.name }, upper(r.name)))),
    h("optgroup", { label: "Other" }, h("option", { value: OTHER }, "Pick product, route and schedule"),
      h("option", { value: LINE }, "Write a line")));
    select.value = mode;
    const look = LOOKS[i];
    const start = h("input", { class: "input", id: id("start"), type: "number", min: 0, max: 99, step: 0.5, value: String(plan.start),
      onchange: (event) => {
        const years = Number.parseFloat(event.target.value);
        if (Number.isFinite(years)) set(i, { start: Math.min(Math.max(years, 0), 99) });
      } });
    const box = h("div", { class: `plan${look.dash ? " dashed" : ""}`, role: "group", "aria-label": `Plan ${letter}` },
      h("div", { class: "plan-head" }, h("b", { class: "t15" }, `Plan ${letter}`),
        plans.length > 1 ? h("button", { type: "button", class: "as-link", "aria-label": `Remove plan ${letter}`,
          onclick: () => {
            change(plans.filter((_, k) => k !== i));
            document.getElementById("plan-a-what")?.focus();
          } }, "Remove") : null),
      h("div", { class: "plan-first" },
        h("div", null, h("label", { for: id("what") }, "Treatment"), select),
        h("div", null, h("label", { for: id("start") }, "Starts in year"), start)),
      mode === OTHER ? fields(simple, i, id) : null,
      mode === LINE ? [h("label", { for: id("line") }, "Line, such as cyanocobalamin 1 mg oral daily"),
        h("input", { class: "input", id: id("line"), value: plan.text, maxlength: 300, spellcheck: "false",
          onchange: (event) => event.target.value.trim() && set(i, { text: event.target.value.trim(), own: true }) })] : null,
      inLibrary ? h("p", { class: "t12 third plan-label" }, listed.treatment) : null);
    box.style.borderTopColor = look.tint;
    return box;
  }

  function fields(now, i, id) {
    const pick = (name, label, options, words = (v) => v) => {
      const known = options.includes(now[name]) ? options : [now[name], ...options];
      const field = h("select", { class: "input", id: id(name), onchange: (event) => {
        const next = { ...now, [name]: event.target.value };
        const product = choices.products.find((p) => p.drug === next.drug);
        if (!product.routes.includes(next.route)) next.route = product.routes[0];
        if (name !== "dose" && name !== "schedule") next.dose = doses(next)[0];
        if (name === "route" && next.route !== "im" && /^(monthly|every)/.test(next.schedule)) next.schedule = "daily";
        set(i, { text: `${next.drug} ${next.dose} ${next.route} ${next.schedule}`, own: undefined, pick: true });
      } }, known.map((v) => h("option", { value: v }, words(v))));
      field.value = now[name];
      return h("div", null, h("label", { for: id(name) }, label), field);
    };
    const product = choices.products.find((p) => p.drug === now.drug);
    return [
      h("div", { class: "plan-pair" }, pick("drug", "Product", choices.products.map((p) => p.drug), upper),
        pick("dose", "Dose", doses(now), (d) => d.replace("ug", "µg"))),
      h("div", { class: "plan-pair" }, pick("route", "Route", product.routes, (r) => ROUTES[r] ?? r),
        pick("schedule", "Schedule", choices.schedules)),
    ];
  }

  function add() {
    const last = plans.at(-1) ?? { start: 0 };
    const free = choices.regimens.find((r) => r.treatment !== "none" && !plans.some((p) => p.text === r.name));
    return h("div", { class: "plan-none" }, h("button", { type: "button", class: "button small", id: "plan-add",
      onclick: () => {
        change([...plans, { text: free?.name ?? "cyanocobalamin 1 mg oral daily", start: last.start }]);
        document.getElementById(`plan-${"abcd"[plans.length - 1]}-what`)?.focus();
      } }, "Add a plan"),
    h("p", { class: "t12 third" }, `${plans.length} of ${MOST}; no treatment is always drawn beside them.`));
  }

  return { node, show };
}

const doses = ({ drug, route }) => OWN[drug] ?? DOSES[route] ?? DOSES.oral;
