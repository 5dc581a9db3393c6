// Results in: laboratory values typed or dropped, and what they mean. Nothing is stored anywhere.

import { choices } from "./catalogue.js";
import { h, put } from "./dom.js";
import { registerView } from "./download.js";
import {
  bar, choice, head, lasting, listing, number, percent, spaced, status, table, trouble, unit, upper,
} from "./panels.js";

// In this order people find them on a report; units of both worlds, the SI one first.
const TESTS = [
  ["b12", ["pmol/L", "pg/mL", "ng/L"]],
  ["holotc", ["pmol/L", "pg/mL"]],
  ["mma", ["umol/L", "nmol/L", "ug/L"]],
  ["hcy", ["umol/L", "mg/L"]],
  ["mcv", ["fL", "um3"]],
  ["hb", ["g/L", "g/dL", "mmol/L"]],
];
const MORE = [
  ["folate", ["nmol/L", "ng/mL"]],
  ["creatinine", ["umol/L", "mg/dL"]],
  ["egfr", ["mL/min/1.73m2"]],
  ["reticulocytes", ["%"]],
  ["platelets", ["10^9/L", "10*3/uL"]],
  ["lobes", ["1"]],
];
/** Where a field has no room for the test's own name, which the server tells. */
const SHORT = { b12: "B12", holotc: "Active B12", mma: "MMA", hcy: "Homocysteine", mcv: "MCV", egfr: "eGFR" };
const WORLDS = {
  si: { b12: "pmol/L", holotc: "pmol/L", mma: "umol/L", hcy: "umol/L", mcv: "fL", hb: "g/L",
    folate: "nmol/L", creatinine: "umol/L" },
  us: { b12: "pg/mL", holotc: "pmol/L", mma: "nmol/L", hcy: "umol/L", mcv: "um3", hb: "g/dL",
    folate: "ng/mL", creatinine: "mg/dL" },
};
let tests = {}; // what each test is called, as the command line calls it
const LARGEST = 900_000; // bytes of a file; the server takes a little more

export function mount(section, { store, api }) {
  head(section, "Results in",
    "Type what the laboratory reported; leave the rest empty, or drop a file. The values go to the "
    + "program on this machine and are kept nowhere. This is not a diagnosis.");
  const said = status();
  const form = typed(store);
  const stories = h("div", { class: "c5 results-stories" });
  const next = h("div", { class: "c4 results-next" });
  const below = h("div", { class: "results-below" });
  const drop = dropZone((file) => take(file));
  form.node.append(drop, said.node);
  section.append(h("div", { class: "grid12" }, h("div", { class: "c3" }, form.node), stories, next),
    below);
  let found = null;
  let last = null;

  form.node.addEventListener("submit", (event) => {
    event.preventDefault();
    const asked = form.asked();
    if (!Object.keys(asked.values).length) {
      said.say("Type at least one result first.");
      form.first.focus();
      return;
    }
    store.set({ results: form.state() });
    read(asked);
  });
  form.node.addEventListener("reset", () => {
    store.set({ results: {} });
    found = null;
    empty();
    said.say("Cleared.");
  });
  store.subscribe(["results"], (state) => form.restore(state.results));
  store.subscribe(["level"], () => found && show(found));

  async function read(asked, from = "") {
    said.say("Reading …");
    section.setAttribute("aria-busy", "true");
    try {
      found = await api.post("interpret", asked);
      last = asked;
      show(found);
      said.say(from ? `Read ${found.read.results.length} results from ${from}.`
        : "Read. The answer follows.");
    } catch (error) {
      if (error.name === "AbortError") return;
      found = null;
      put(stories, trouble(error));
      put(next);
      put(below);
      said.say("");
    } finally {
      section.removeAttribute("aria-busy");
    }
  }

  async function take(file) {
    if (file.size > LARGEST) {
      said.say(`${file.name} is larger than 900 kB; send the results alone.`);
      return;
    }
    const text = await file.text();
    const bundle = /\.json$/i.test(file.name) || text.trimStart().startsWith("{");
    let asked = { csv: text };
    if (bundle) {
      try {
        asked = { fhir: JSON.parse(text) };
      } catch {
        said.say(`${file.name} is not valid JSON.`);
        return;
      }
    }
    await read(asked, file.name);
    if (found) form.fill(found.read);
  }

  function show(answer) {
    put(stories, tale(answer));
    put(next, nextTest(answer), guidelines(answer, store.get().level));
    put(below, outlook(answer, async () => {
      const whole = await api.post("interpret", { ...last, courses: true }, { channel: "outlook" });
      return whole.outlook;
    }));
  }

  function empty() {
    put(stories, h("h3", { class: "eyebrow" }, "Which story fits these numbers?"),
      h("p", { class: "t13 third" }, "The answer appears here: causes with their probability before "
        + "and after the results, whether the results fit together, and how sure each is."));
    put(next, h("div", { class: "next-box" }, h("p", { class: "t13 third" }, "Next test"),
      h("p", { class: "t13 third" }, "What would tell most appears here, then what guidelines say.")));
    put(below);
  }

  empty();
  if (Object.keys(store.get().results ?? {}).length) {
    form.restore(store.get().results);
    read(form.asked());
  }
  registerView("results", {
    csv: () => found && rows(found),
    command: () => found?.command,
    name: () => "results",
  });
}

/** The fields, as a form with what was asked for. */
function typed(store) {
  const fields = new Map();
  const labels = [];
  const label = (id, field) => {
    const node = h("label", { for: field }, SHORT[id] ?? upper(spaced(id)));
    labels.push([id, node]);
    return node;
  };
  const make = ([id, units]) => {
    const value = h("input", {
      class: "input", name: id, inputmode: "decimal", autocomplete: "off", placeholder: "not measured",
      id: `result-${id}`, maxlength: 40,
    });
    const chosen = units.length > 1
      ? h("select", { class: "unit", "aria-label": `Unit of ${SHORT[id] ?? spaced(id)}`, name: `${id}-unit` },
        units.map((u) => h("option", { value: u }, unit(u))))
      : h("span", { class: "unit third" }, unit(units[0]));
    fields.set(id, { value, chosen, units });
    return h("div", { class: "result-field" },
      h("div", { class: "result-label" }, label(id, value.id), chosen), value);
  };
  const age = h("input", {
    class: "input", id: "result-age", name: "age", inputmode: "numeric", autocomplete: "off", maxlength: 5,
  });
  const sex = h("select", { class: "input", id: "result-sex", name: "sex" },
    h("option", { value: "" }, "not given"), h("option", { value: "female" }, "female"),
    h("option", { value: "male" }, "male"));
  const antibody = h("select", { class: "input", id: "result-antibody", name: "if_antibody" },
    h("option", { value: "" }, "not measured"), h("option", { value: "positive" }, "positive"),
    h("option", { value: "negative" }, "negative"));
  const worlds = choice("Units", [{ value: "si", label: "pmol/L, g/L" },
    { value: "us", label: "pg/mL, g/dL" }], "si", (world) => {
    worlds.show(world);
    for (const [id, { value, chosen, units }] of fields) {
      const wanted = WORLDS[world][id];
      // A typed number keeps its unit: changing it in silence would change what was reported.
      if (wanted && units.includes(wanted) && !value.value && chosen.tagName === "SELECT") {
        chosen.value = wanted;
      }
    }
  });
  const node = h("form", { class: "results-form", novalidate: true, "aria-label": "Laboratory results" },
    h("div", { class: "worlds" }, h("span", { class: "t12 third" }, "Units"), worlds.node),
    h("div", { class: "result-fields" }, TESTS.map(make)),
    h("details", { class: "more" }, h("summary", null, "More tests"),
      h("div", { class: "result-fields" }, MORE.map(make),
        h("div", { class: "result-field" }, h("div", { class: "result-label" },
          label("if_antibody", antibody.id)), antibody))),
    h("div", { class: "result-fields" },
      h("div", { class: "result-field" },
        h("div", { class: "result-label" }, h("label", { for: age.id }, "Age"), h("span", { class: "unit third" }, "years")), age),
      h("div", { class: "result-field" },
        h("div", { class: "result-label" }, h("label", { for: sex.id }, "Sex")), sex)),
    h("div", { class: "results-do" },
      h("button", { type: "submit", class: "button primary" }, "Read these results"),
      h("button", { type: "reset", class: "button" }, "Clear")));

  choices().then((answer) => {
    tests = Object.fromEntries(answer.tests.map((one) => [one.name, one.long_name]));
    for (const [id, node] of labels) {
      if (!SHORT[id] && tests[id]) node.textContent = tests[id].replace(/ \(.*\)$/, "");
    }
  }, () => {});

  function state() {
    const found = { values: {} };
    for (const [id, { value, chosen }] of fields) {
      if (value.value.trim()) {
        found.values[id] = { value: value.value.trim(), unit: chosen.value ?? "" };
      }
    }
    if (age.value.trim()) found.age = age.value.trim();
    if (sex.value) found.sex = sex.value;
    if (antibody.value) found.values.if_antibody = { value: antibody.value, unit: "" };
    return found;
  }

  return {
    node,
    first: fields.get("b12").value,
    state,
    asked() {
      const now = state();
      const values = {};
      for (const [id, { value, unit: written }] of Object.entries(now.values)) {
        // Who types a unit means it: "210 ng/L" is taken as written.
        const own = /[a-zµ%/]/i.test(value) || id === "if_antibody";
        const fixed = fields.get(id)?.units[0];
        const named = written || (fixed === "1" ? "" : fixed) || "";
        values[id] = own || !named ? value : `${value} ${named}`;
      }
      const asked = { values };
      if (now.age) asked.age = Number(now.age.replace(",", "."));
      if (now.sex) asked.sex = now.sex;
      return asked;
    },
    /** Show what a file held. */
    fill(read) {
      for (const { value } of fields.values()) value.value = "";
      antibody.value = "";
      for (const one of read.results) {
        if (one.test === "if_antibody") antibody.value = one.value > 0 ? "positive" : "negative";
        const field = fields.get(one.test);
        if (!field) continue;
        field.value.value = `${one.comparator}${number(one.value, 4).replace(/\u2009/g, "")}`;
        if (field.chosen.tagName === "SELECT") field.chosen.value = one.unit;
      }
      if (read.age !== null && read.age !== undefined) age.value = String(Math.floor(read.age));
      if (read.sex) sex.value = read.sex;
      store.set({ results: state() });
    },
    restore(saved) {
      if (!saved || JSON.stringify(saved) === JSON.stringify(state())) return;
      for (const [id, { value, chosen }] of fields) {
        value.value = saved.values?.[id]?.value ?? "";
        if (saved.values?.[id]?.unit && chosen.tagName === "SELECT") chosen.value = saved.values[id].unit;
      }
      antibody.value = saved.values?.if_antibody?.value ?? "";
      age.value = saved.age ?? "";
      sex.value = saved.sex ?? "";
    },
  };
}

/** Where a file can be dropped or picked. */
function dropZone(take) {
  const picker = h("input", {
    type: "file", accept: ".json,.csv,.tsv,application/json,text/csv", id: "result-file", class: "unseen",
    onchange: () => {
      const [file] = picker.files;
      if (file) take(file);
      picker.value = "";
    },
  });
  const zone = h("label", { class: "drop", for: picker.id },
    h("span", null, "Drop a FHIR or CSV file here, or "), h("span", { class: "as-link" }, "choose a file"), picker);
  const mark = (on) => zone.classList.toggle("over", on);
  zone.addEventListener("dragover", (event) => {
    event.preventDefault();
    mark(true);
  });
  zone.addEventListener("dragleave", () => mark(false));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    mark(false);
    const [file] = event.dataTransfer.files;
    if (file) take(file);
  });
  return zone;
}

/** What was read, which story fits, and whether the results fit together. */
function tale(answer) {
  const shown = answer.causes.filter((c) => c.posterior >= 0.02);
  const rest = answer.causes.length - shown.length;
  const low = answer.deficiency;
  return [
    h("h3", { class: "eyebrow" }, "Which story fits these numbers?"),
    h("p", { class: "t13 third" }, ["Mark: before the results.", ...(answer.notes ?? [])].join(" ")),
    h("ul", { class: "tales" }, shown.map((c) => h("li", { class: "tale" },
      h("span", { class: "tale-name" }, upper(c.cause),
        h("small", { class: "third" }, `before ${percent(c.prior)}`)),
      bar(c.posterior, c.prior), h("span", { class: "tale-share number" }, percent(c.posterior))))),
    rest > 0 ? h("p", { class: "t13 third" }, `${rest} further causes below 2 % each.`) : null,
    h("dl", { class: "underneath" },
      line("Tissues short of B12", `${percent(low.low.posterior)} (before ${percent(low.low.prior)})`,
        `clearly ${percent(low.probable.posterior)}, severely ${percent(low.definite.posterior)}`),
      line("B12 in the body", `${number(answer.stores_ug.middle, 2)} µg`,
        `${number(answer.stores_ug.low, 2)} to ${number(answer.stores_ug.high, 2)}`),
      answer.time_since_onset_day && shown[0]
        ? line(`If ${name(answer)}, it began`, `${lasting(answer.time_since_onset_day.middle)} ago`,
          `${lasting(answer.time_since_onset_day.low)} to ${lasting(answer.time_since_onset_day.high)}`)
        : null,
      line("Chance that a nerve tract is damaged", percent(answer.damage_probability),
        "more than 5 % of its function lost")),
    fits(answer),
  ];
}

const name = (answer) => answer.causes.find((c) => c.cause !== "no cause")?.cause ?? "a cause";

function line(term, value, more) {
  return h("div", null, h("dt", null, term),
    h("dd", null, h("b", null, value), more ? h("span", { class: "third" }, ` ${more}`) : null));
}

/** The sentences of one part of corrin's own answer. */
const lines = (answer, title) => (answer.sections ?? []).find((s) => s.title === title)?.lines ?? [];

/** Whether the results fit together, and circumstances in which one means less than it seems. */
function fits(answer) {
  const odd = answer.consistency.some((c) => c.odd);
  const told = lines(answer, "Do the results fit together?");
  const traps = lines(answer, "Known traps");
  return h("div", { class: "fits" }, h("h3", { class: "eyebrow" }, "Do they fit together?"),
    odd ? h("ul", null, told.map((text) => h("li", { class: "warning" }, text)))
      : told.map((text) => h("p", { class: "t13 second" }, text)),
    traps.length ? h("ul", null, traps.map((text) => h("li", { class: "warning" }, text))) : null,
    h("ul", { class: "read t13" }, answer.read.results.map((r) => h("li", null,
      h("b", null, `${testName(r)} `), written(r),
      r.flag ? h("span", { class: "harm" }, `, ${r.flag}`) : ""))));
}

function written(one) {
  if (!one) return "";
  if (one.test === "if_antibody") return one.value > 0 ? "positive" : "negative";
  const now = `${one.comparator}${number(one.value, 4)} ${unit(one.unit)}`;
  const same = one.written.replace(/\s/g, "") === `${one.comparator}${one.value}${one.unit}`;
  return same || !one.written ? now : `${now} (reported as ${unit(one.written)})`;
}

/** The test that would tell most, about each of the two questions. */
function nextTest(answer) {
  const first = ["deficiency", "cause"].flatMap((question) => answer.next_test[question] ?? [])
    .find((t) => t.share > 0.005);
  return h("div", { class: "next-box" }, h("p", { class: "t13 third" }, "Next test"),
    h("p", { class: "next-name" }, first ? testName(first) : "No further test would tell much"),
    lines(answer, "Which test would tell most").map((text) => h("p", { class: "t13 second" }, text)));
}

const testName = (t) => t.long_name ?? tests[t.test] ?? spaced(t.test);

/** What guidelines say, each rule with its source and how far it was checked. */
function guidelines(answer, level) {
  const all = Object.entries(answer.guidelines ?? {}).map(([id, one]) => ({
    id, title: answer.guideline_lines?.[id]?.title ?? upper(id.replaceAll("-", " ")),
    note: answer.guideline_lines?.[id]?.note ?? "", stages: one,
  })).filter((g) => g.stages.some((s) => s.decision));
  if (!all.length) return null;
  return h("div", { class: "guidelines" }, h("h3", { class: "eyebrow" }, "What guidelines say"),
    h("p", { class: "t13 third" }, "Rules restated in our own words, each with how far it was checked."),
    all.map((g) => h("details", { class: "guideline", open: g.id === all[0].id },
      h("summary", null, g.title), g.note ? h("p", { class: "t13 third" }, g.note) : null,
      g.stages.filter((stage) => stage.decision || level === "clinical").map((stage) => decision(stage, level)))));
}

function decision(stage, level) {
  const rule = stage.decision;
  const step = stage.trace.find((s) => s.rule === rule?.rule);
  const because = (step?.inputs ?? []).filter((i) => i.holds && i.input !== "always").map((i) => i.input);
  const id = rule ? [rule.rule, rule.number].filter(Boolean).join(" ") : "";
  return h("div", { class: "decision" }, h("p", { class: "t12 third" }, upper(stage.stage)),
    rule ? h("p", { class: "t13" }, h("b", null, upper(rule.then)),
      because.length ? ` because of ${listing(because)}.` : ".") : h("p", { class: "t13 second" }, "Open: not enough is known."),
    rule ? h("p", { class: "t12 third" }, `${id}: ${rule.mark}. Source: ${rule.source}.`) : null,
    h("details", { class: "trace" }, h("summary", null, "Trace"),
      h("ul", null, stage.trace.map((s) => h("li", { class: "t12" }, h("b", null, `${s.rule} ${holds(s.holds)}`), ": ",
        listing(s.inputs.map((i) => `${i.input} ${i.holds === null ? "not known" : i.holds ? "yes" : "no"}`)),
        level === "clinical" ? ` (${s.mark ?? CHECKED[s.checked] ?? s.checked})` : ""))),
      stage.changes?.length ? h("ul", null, stage.changes.slice(0, 8).map((c) => h("li", { class: "t12" },
        h("b", null, "If "), `${c.if}: ${c.then} (${c.rule})`))) : null));
}

const CHECKED = {
  page: "read on the guideline's page", restated: "as other sources restate it",
  memory: "from memory, not checked against the guideline",
};
const holds = (value) => (value === null ? "open" : value ? "holds" : "does not hold");

const COURSES = {
  serum_b12: "B12, pmol/L", methylmalonic_acid: "MMA, µmol/L", total_homocysteine: "Homocysteine, µmol/L",
  hemoglobin: "Hemoglobin, g/L", disability_score: "Disability, 0 to 16",
};

/** What may come, untreated and treated; simulated only when somebody looks. */
function outlook(answer, simulate) {
  const inside = h("div", { class: "t13 third", role: "status" });
  const box = h("details", { class: "outlook" }, h("summary", null, "What may come, untreated and treated"), inside);
  let asked = false;
  box.addEventListener("toggle", async () => {
    if (!box.open || asked) return;
    asked = true;
    inside.textContent = "Simulating people who fit these results; this takes some seconds.";
    try {
      const all = (await simulate()).filter((o) => o.values && o.days?.length);
      put(inside, all.length ? courses(all) : "Too few virtual people fit to tell.");
    } catch (error) {
      asked = false;
      put(inside, trouble(error));
    }
  });
  return box;
}

function courses(all) {
  const list = Object.keys(COURSES).filter((key) => all[0].values[key]).flatMap((key) => all.map((one) => ({ key, one })));
  const span = (s) => `${brief(s.middle)} (${brief(s.low)} to ${brief(s.high)})`;
  return table(`Median and range over ${all[0].people} virtual people who fit`, [
    { head: "Measure", cell: (r) => COURSES[r.key] },
    { head: "Treatment", cell: (r) => (r.one.treatment === "none" ? "none" : r.one.treatment) },
    ...all[0].days.map((day, i) => ({ head: day === 0 ? "now" : `+${lasting(day)}`, number: true,
      cell: (r) => span(r.one.values[r.key][i]) })),
  ], list);
}

const brief = (value) => (Math.abs(value) < 0.005 ? "0" : number(value, 2));

/** The reading as rows for a file. */
function rows(answer) {
  const found = [["kind", "name", "value", "low", "high", "before", "unit"]];
  for (const r of answer.read.results) found.push(["result", r.test, r.value, "", "", "", r.unit]);
  for (const c of answer.causes) found.push(["cause probability", c.cause, c.posterior, "", "", c.prior, "1"]);
  for (const [key, d] of Object.entries(answer.deficiency)) {
    found.push(["deficiency probability", key, d.posterior, "", "", d.prior, "1"]);
  }
  const s = answer.stores_ug;
  found.push(["stores", "body_b12", s.middle, s.low, s.high, "", "ug"]);
  for (const c of answer.consistency) {
    found.push(["expected from the others", c.test, c.expected[1], c.expected[0], c.expected[2], "", ""]);
  }
  for (const [question, tests] of Object.entries(answer.next_test)) {
    for (const t of tests) found.push([`next test about ${question}`, t.test, t.share, "", "", "", "share of uncertainty"]);
  }
  return found;
}
