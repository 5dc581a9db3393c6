// Who is simulated: person, diet, causes, drugs and treatment in plain controls, a shipped
// scenario, or the YAML text that all of them become.

import { choices, scenarios } from "./catalogue.js";
import { h, put, text } from "./dom.js";
import { capital } from "./words.js";

let open = () => {};

/** Opens the drawer at one of its parts; focus returns to `from` when it closes. */
export function openPicker(part, from) {
  open(part, from);
}

export function mount(aside, { store }) {
  const title = h("h2", { id: "picker-title", class: "t21 number", tabindex: -1 }, "Who, and what went wrong");
  const close = h("button", { type: "button", class: "button", "aria-label": "Close" }, "Close");
  const body = h("div", { class: "picker-body" });
  put(aside, h("div", { class: "picker-head" }, title, close), body);
  aside.setAttribute("role", "dialog");
  let back = null;
  let made = null;

  const shut = () => {
    aside.hidden = true;
    back?.isConnected && back.focus();
  };
  close.addEventListener("click", shut);
  aside.addEventListener("keydown", (event) => event.key === "Escape" && shut());

  open = async (part, from) => {
    const label = from?.querySelector("span")?.textContent;
    back = from;
    aside.hidden = false;
    if (!made) {
      put(body, h("p", { class: "t13 third" }, "One moment."));
      try {
        made = form(await choices(), await scenarios(), store);
      } catch (error) {
        put(body, h("p", { class: "message" }, `The choices could not be read: ${error.message}`));
        return;
      }
      put(body, made.node);
    }
    made.fill();
    const target = aside.querySelector(`[data-part="${part}"]`);
    target?.scrollIntoView({ block: "start" });
    (target?.querySelector("input, select, button") ?? title).focus({ preventScroll: true });
    // The rows of the hero are drawn again with every run: find the button anew.
    back = { get isConnected() { return true; }, focus: () => {
      const rows = [...document.querySelectorAll(".chosen-row")];
      (rows.find((row) => row.firstChild.textContent === label) ?? rows[0])?.focus();
    } };
  };
  store.subscribe("run", () => !aside.hidden && made?.fill(true));
}

function form(menu, shipped, store) {
  const current = () => structuredClone(store.get().run?.choices ?? null);
  let state = null;
  let own = 0; // answers to our own changes do not redraw the controls in use

  const send = () => {
    own += 1;
    const { name, ...rest } = state;
    store.set({ scenario: { choices: clean(rest) } });
  };

  // Shipped scenarios.
  const start = h("select", { class: "input", id: "start-from",
    onchange: () => start.value && store.set({ scenario: { scenario: start.value }, t: null }) },
    h("option", { value: "" }, "Your own"),
    shipped.map((one) => h("option", { value: one.name }, one.title)));
  const about = h("p", { class: "t13 second" });

  // Person.
  const person = {};
  const number = (key, words, bounds) => {
    const input = h("input", { type: "number", min: bounds.low, max: bounds.high, step: "any",
      inputmode: "decimal", onchange: () => {
        const value = Number.parseFloat(input.value);
        if (!input.checkValidity() || !Number.isFinite(value)) return input.reportValidity();
        state[key] = value;
        send();
      } });
    person[key] = input;
    return field(`${words}${bounds.unit && bounds.unit !== "years" ? `, ${pretty(bounds.unit)}` : ""}`, input);
  };
  const sex = radios("Sex", menu.person.sex.options, (value) => {
    state.sex = value;
    send();
  });
  const until = h("input", { type: "number", min: 0.01, max: 100, step: "any", inputmode: "decimal",
    onchange: () => {
      const value = Number.parseFloat(until.value);
      if (!until.checkValidity() || !(value > 0)) return until.reportValidity();
      state.until = value;
      send();
    } });

  // Diet.
  const diets = (onchange) => h("select", { onchange }, menu.diets.map((one) =>
    h("option", { value: one.name }, capital(one.name))));
  const diet = diets(() => {
    state.diet = diet.value;
    send();
  });
  const before = diets(() => {
    state.diet_before = before.value;
    send();
  });

  const lists = {
    causes: list("cause", menu.causes, () => state.causes, send),
    drugs: list("drug", menu.drugs, () => state.drugs, send),
    treatment: list("treatment", treatments(menu), () => state.treatment, send, {
      // A treatment starts where the slider stands, or halfway where that is the end.
      start: () => {
        const t = Math.round(store.get().t * 10) / 10;
        return t < state.until ? t : state.until / 2;
      },
      own: (one) => ownTreatment(one, menu, send),
    }),
  };

  // Text.
  const yaml = h("textarea", { rows: 12, spellcheck: false, "aria-label": "Scenario as YAML" });
  const apply = h("button", { type: "button", class: "button primary",
    onclick: () => store.set({ scenario: { yaml: yaml.value } }) }, "Run this text");

  const cannot = h("p", { class: "message", hidden: true },
    "This scenario says more than these controls can. Change its text below, or start from another.");
  const controls = h("div", {},
    part("person", "Person", h("div", { class: "pair" }, number("age", "Age at the start", menu.person.age),
      field("Years to follow", until)), sex.node,
      h("details", { class: "more t13" }, h("summary", "Body and kidneys"),
        h("div", { class: "triple" }, number("height", "Height", menu.person.height),
          number("weight", "Weight", menu.person.weight), number("egfr", "eGFR", menu.person.egfr)))),
    part("diet", "Diet", h("div", { class: "pair" }, field("From the start", diet), field("Before", before))),
    part("causes", "Causes", lists.causes.node),
    part("drugs", "Drugs", lists.drugs.node),
    part("treatment", "Treatment", lists.treatment.node));
  const node = h("div", {},
    part("start", "Start from", start, about), cannot, controls,
    part("text", "As text", h("p", { class: "t13 second" }, "Every choice becomes this scenario, which ",
      h("code", "corrin run"), " takes too."), h("div", { class: "field" }, yaml), apply));

  return {
    node,
    /** Brings the controls in line with the run; not while someone is using them. */
    fill(quiet = false) {
      const { scenario, run } = store.get();
      if (quiet && own > 0) {
        own = Math.max(0, own - 1);
        yaml.value = run.yaml;
        return;
      }
      own = 0;
      state = current();
      const known = shipped.find((one) => one.name === scenario.scenario);
      start.value = known?.name ?? "";
      text(about, known?.description ?? "");
      if (run) yaml.value = run.yaml;
      cannot.hidden = state !== null;
      controls.hidden = state === null;
      if (!state) return;
      for (const [key, input] of Object.entries(person)) {
        input.value = state[key] ?? menu.person[key].default;
      }
      sex.set(state.sex);
      until.value = state.until;
      diet.value = state.diet;
      before.value = state.diet_before ?? "omnivore";
      for (const one of Object.values(lists)) one.fill();
    },
  };
}

/** Choices without what was left empty. */
function clean(choice) {
  const found = Object.fromEntries(Object.entries(choice).filter(([, value]) => value !== null));
  if (found.diet_before === found.diet && found.diet === "omnivore") delete found.diet_before;
  return found;
}

const pretty = (unit) => unit.replace("1.73m2", "1.73 m²").replace("ug", "µg");

const field = (words, control) => h("label", { class: "field" }, h("span", words), control);

const part = (name, words, ...children) =>
  h("fieldset", { class: "part", "data-part": name }, h("legend", { class: "t13 eyebrow" }, words), children);

function radios(words, options, onchange) {
  const name = `radio-${words.toLowerCase()}`;
  const inputs = options.map((value) =>
    h("input", { type: "radio", name, value, onchange: () => onchange(value) }));
  return {
    node: h("div", { class: "radios", role: "radiogroup", "aria-label": words },
      inputs.map((input, i) => h("label", { class: "radio t15" }, input, capital(options[i])))),
    set(value) {
      for (const input of inputs) input.checked = input.value === value;
    },
  };
}

/** Regimens of the library, and one to put together. */
function treatments(menu) {
  return [
    ...menu.regimens.filter((one) => one.treatment !== "none")
      .map((one) => ({ name: one.name, words: capital(one.name), note: one.treatment, text: one.treatment })),
    { name: OWN, words: "Put together", text: "hydroxocobalamin 1 mg im every 3 months" },
  ];
}

const OWN = "own";
const ROUTES = { im: "into the muscle", oral: "swallowed", sublingual: "under the tongue", nasal: "nose spray" };

/** Product, dose, route and schedule of a treatment in one line; null where it says more than that. */
function ownTreatment(one, menu, send) {
  const found = one.product.match(/^(.+?) ([\d.]+) (mg|ug) (\w+) (.+)$/);
  const now = found && { drug: found[1], mg: Number(found[2]) / (found[3] === "ug" ? 1000 : 1),
    route: found[4], often: found[5] };
  const known = now && menu.products.find((item) => item.drug === now.drug);
  if (!known?.routes.includes(now.route) || !menu.schedules.includes(now.often)) return null;
  const write = () => {
    one.product = `${now.drug} ${now.mg} mg ${now.route} ${now.often}`;
    send();
  };
  const choose = (key, options, words = capital) => {
    const select = h("select", { onchange: () => {
      now[key] = select.value;
      if (key === "drug") {
        const { routes } = menu.products.find((item) => item.drug === now.drug);
        if (!routes.includes(now.route)) now.route = routes[0];
        put(route, routes.map((value) => h("option", { value }, ROUTES[value] ?? value)));
        route.value = now.route;
      }
      write();
    } }, options.map((value) => h("option", { value }, words(value))));
    select.value = now[key];
    return select;
  };
  const route = choose("route", known.routes, (value) => ROUTES[value] ?? value);
  const dose = h("input", { type: "number", min: 0.001, max: known.highest_mg, step: "any",
    inputmode: "decimal", value: now.mg, onchange: () => {
      if (!dose.checkValidity() || !(Number(dose.value) > 0)) return dose.reportValidity();
      now.mg = Number(dose.value);
      write();
    } });
  return h("div", { class: "pair" },
    field("Product", choose("drug", menu.products.map((item) => item.drug))), field("Dose, mg", dose),
    field("Route", route), field("How often", choose("often", menu.schedules)));
}

/** A list of causes, drugs or treatments, each with its amount and times. */
function list(kind, options, items, send, { start = () => 0, own = () => null } = {}) {
  const rows = h("div", { class: "items" });
  const key = kind === "treatment" ? "product" : "name";
  const add = h("button", { type: "button", class: "button", onclick: () => {
    const first = options[0];
    items().push({ ...fresh(first, kind), start: start() });
    fill();
    send();
    rows.lastChild?.querySelector("select")?.focus();
  } }, `Add a ${kind}`);

  function fill() {
    put(rows, items().map((one, index) => row(one, index)));
  }

  function row(one, index) {
    const parts = own(one);
    const known = options.find((item) => item.name === one[key] || (item.text === one[key] && item.note))
      ?? (parts && options.find((item) => item.name === OWN));
    const select = h("select", { "aria-label": capital(kind), onchange: () => {
      const next = options.find((item) => item.name === select.value);
      if (!next) return;
      items()[index] = { ...fresh(next, kind), start: one.start ?? 0 };
      fill();
      rows.children[index].querySelector("select").focus();
      send();
    } }, !known && h("option", { value: "" }, one[key]), group(options));
    select.value = known?.name ?? "";
    const amount = known?.amount && amountOf(one, known.amount, send);
    const level = known?.levels?.length > 1 && levelOf(one, known.levels, send);
    return h("div", { class: "item" },
      h("div", { class: "item-main" },
        h("label", { class: "field" }, h("span", { class: "unseen" }, capital(kind)), select),
        h("button", { type: "button", class: "button", "aria-label": `Remove ${one[key]}`, onclick: () => {
          items().splice(index, 1);
          fill();
          send();
          add.focus();
        } }, "Remove")),
      known?.note && h("p", { class: "t13 second" }, known.note),
      known?.name === OWN && parts,
      h("div", { class: "triple" }, amount, level, time("From year", one, "start", 0, send),
        (known?.ends ?? true) && time("To year", one, "until", null, send)));
  }
  return { node: h("div", {}, rows, add), fill };
}

function group(options) {
  const groups = Map.groupBy ? Map.groupBy(options, (one) => one.group ?? "") : new Map([["", options]]);
  const entries = [...groups].map(([name, members]) => {
    const found = members.map((one) => h("option", { value: one.name }, one.words ?? capital(one.name)));
    return name ? h("optgroup", { label: capital(name) }, found) : found;
  });
  return entries;
}

/** A new item with an amount where one is needed. */
function fresh(option, kind) {
  if (kind === "treatment") return { product: option.text, start: 0 };
  const usual = { metformin: 2000, "nitrous oxide": 1, "nitrous oxide anaesthetic": 6,
    "ileal resection": 60, "kidney disease": 30 };
  const item = { name: option.name, start: 0 };
  if (option.amount?.needed) item.amount = option.amount.known[0] ?? usual[option.name] ?? option.amount.highest / 4;
  return item;
}

function amountOf(one, { unit, word, highest, known, any }, send) {
  const words = [word, pretty(unit)].filter(Boolean).join(", ");
  if (!any && known.length) {
    const select = h("select", { onchange: () => {
      if (select.value) one.amount = Number(select.value);
      else delete one.amount;
      send();
    } }, h("option", { value: "" }, "usual"), known.map((value) => h("option", { value }, String(value))));
    select.value = one.amount ?? "";
    return field(words, select);
  }
  const input = h("input", { type: "number", min: 0, max: highest, step: "any", inputmode: "decimal",
    value: one.amount ?? "", onchange: () => {
      if (!input.checkValidity()) return input.reportValidity();
      if (input.value === "") delete one.amount;
      else one.amount = Number.parseFloat(input.value);
      send();
    } });
  return field(words, input);
}

function levelOf(one, levels, send) {
  const select = h("select", { onchange: () => {
    if (select.value) one.level = select.value;
    else delete one.level;
    send();
  } }, levels.map((value) => h("option", { value }, value || "usual")));
  select.value = one.level ?? "";
  return field("Degree", select);
}

function time(words, one, key, empty, send) {
  const input = h("input", { type: "number", min: 0, max: 100, step: "any", inputmode: "decimal",
    value: one[key] ?? (empty === null ? "" : empty), placeholder: empty === null ? "end" : "", onchange: () => {
      if (!input.checkValidity()) return input.reportValidity();
      if (input.value === "") delete one[key];
      else one[key] = Number.parseFloat(input.value);
      if (key === "start" && one.start === undefined) one.start = 0;
      send();
    } });
  return field(words, input);
}
