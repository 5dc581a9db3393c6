// Treatment: up to four plans side by side, and the last time at which each prevents lasting harm.

import { lineChart } from "./chart.js";
import { h, onWidth, put, s } from "./dom.js";
import { registerView } from "./download.js";
import {
  SYMPTOMS, body, head, number, percent, settle, status, table, trouble, upper, whenNear, year,
} from "./panels.js";
import { LOOKS, NONE, brief, editor, meaning, sound, usual } from "./plans.js";

const WAIT = 350;
const YEAR = 365.25;
const AFTER = 3; // years that are followed beyond the latest start
const NOTED = 0.1; // chance or loss from which a number is shown as harm
const MEMBERS = 40; // versions of the model for ranges, as corrin compare takes
const WORDS = ["none", "faint", "mild", "marked", "severe"];

export function mount(section, { store, api }) {
  head(section, "Does the plan matter, or the date?",
    "Up to four plans for this person, side by side. The curves are chances in this model; nothing here is advice.");
  const said = status();
  const place = h("div");
  const chance = chart("chance");
  const left = chart("left");
  const numbers = h("div", { class: "c4 treat-numbers" });
  const safe = h("div", { class: "last-safe" });
  const notes = h("div", { class: "t13 third treat-notes" });
  const more = h("button", { type: "button", class: "button small", hidden: true, onclick: () => request(MEMBERS) }, "Ask for ranges");
  section.append(place, h("div", { class: "treat-state" }, said.node, more), h("div", { class: "grid12 treat-grid" },
    h("div", { class: "c8" }, h("div", { class: "treat-charts" }, chance.node, left.node), safe, notes), numbers));

  let near = false;
  let choices = null;
  let plans = null;
  let asked = "";
  let found = null;
  let ranged = false; // whether versions of the model are there that would give ranges

  api.get("health").then((health) => {
    ranged = Boolean(health.ensemble);
  }).catch(() => {});
  api.get("choices").then((known) => {
    choices = known;
    plans = editor(choices, (next) => store.set({ plans: next }));
    place.append(plans.node);
    follow();
  }).catch((error) => put(place, trouble(error)));

  let listed = sound(store.get().plans);
  let made = null;

  /** Show the plans of the state, and ask about them; without any, those usual for the scenario. */
  function follow() {
    const state = store.get();
    if (!choices || !state.run) return;
    const own = sound(state.plans);
    // The proposal follows the scenario, not the slider: it is made once for each run.
    if (own.length) listed = own;
    else if (made !== state.run) listed = usual(state.run, state.t);
    made = state.run;
    plans.show(listed);
    ask();
  }

  const ask = settle(() => request(0), WAIT);

  /** Compare in the central parameter set, or in so many versions of the model, which takes longer. */
  async function request(members) {
    const state = store.get();
    if (!near || !state.run || !listed.length) return;
    const latest = Math.max(...listed.map((p) => p.start));
    const until = Math.max(state.run.until, latest + AFTER);
    const key = JSON.stringify([body(state), listed, until, members]);
    if (key === asked) return;
    asked = key;
    section.setAttribute("aria-busy", "true");
    more.hidden = true;
    said.say(members ? `Comparing in ${members} versions of the model; this can take some minutes …` : "Comparing …");
    try {
      const chosen = listed;
      const quick = await together(api, body(state), chosen, until, members);
      if (key !== asked) return;
      found = quick;
      draw();
      said.say("Looking for the last safe start …");
      // The search for the last safe start takes seconds: the curves do not wait for it.
      const last = await lastTimes(api, body(state), chosen, until);
      if (key !== asked) return;
      found = { ...quick, ...last, courses: quick.courses.map((c) => ({ ...c, last: last.of[c.treatment] ?? null })) };
      draw();
      said.say(`${chosen.length} ${chosen.length === 1 ? "plan" : "plans"} and no treatment, followed until ${year(until)}. ${
        members ? `Ranges: 90 % of ${quick.members} versions of the model; bars in the first chart, at its end.` : "No range: only the central parameter set was asked."}`);
      more.hidden = !ranged || members > 0;
    } catch (error) {
      if (error.name === "AbortError") return;
      found = null;
      asked = "";
      said.say("");
      put(chance.node, chance.heading, trouble(error));
      left.clear();
      put(numbers);
      put(safe);
    } finally {
      if (key === asked || !asked) section.removeAttribute("aria-busy");
    }
  }

  function draw() {
    if (!found) return;
    const state = store.get();
    const symptom = found.courses[0].probability[state.symptom] ? state.symptom : "numbness_feet";
    const told = words(symptom, state.level);
    chance.draw((svg, width) => chances(svg, width, found, symptom, told, choices),
      `Chance of ${told}, by plan`);
    const own = state.run?.timeline?.find((span) => span.kind === "treat")?.from ?? Infinity;
    left.draw((svg, width) => lasting(svg, width, found, symptom, told, choices, own),
      found.read === null ? `${upper(told)} that lasts, by start` : `${upper(told)} at ${year(found.read)}, by start`);
    put(numbers, ends(found, symptom, told, choices, state), asks(found, choices));
    put(safe, safeTimes(found, choices, symptom, told));
    put(notes, [...new Set(found.notes)].map((n) => h("p", null, n)),
      h("p", null, `Costs: ${found.prices.origin}.`,
        found.read === null ? null : ` "Lasting" is what is left at ${year(found.read)}.`,
        " Axons lost: for good, in the worst nerve tract."));
  }

  whenNear(section, () => {
    near = true;
    ask();
  });
  store.subscribe(["plans", "run"], follow);
  store.subscribe(["symptom", "level"], draw);
  registerView("treatment", {
    csv: () => found && rows(found),
    command: () => found?.commands.join("\n"),
    name: () => "treatment",
  });
}

/** A chart with its heading; drawn again when its width changes. */
function chart(span) {
  const heading = h("h3", { class: "eyebrow" });
  const svg = s("svg", { class: "chart" });
  const node = h("div", { class: `${span} treat-chart` }, heading, svg);
  let paint = null;
  onWidth(node, (width) => paint?.(svg, width));
  return {
    node,
    heading,
    draw(fn, title) {
      if (!node.contains(svg)) put(node, heading, svg);
      heading.textContent = title;
      paint = fn;
      if (node.clientWidth) fn(svg, node.clientWidth);
    },
    clear() {
      heading.textContent = "";
      put(svg);
    },
  };
}

/** Ask for plans of several starts at once: one comparison for each start, put together. */
async function together(api, scenario, plans, until, members) {
  const starts = [...new Set(plans.map((p) => p.start))];
  const answers = await Promise.all(starts.map((start, k) => api.post("compare", {
    ...scenario, plans: plans.filter((p) => p.start === start).map((p) => p.text), start, until, members, last: false,
  }, { channel: `compare-${k}` })));
  const courses = [];
  let nothing = null;
  answers.forEach((answer, k) => {
    answer.courses.forEach((course, i) => {
      const plan = plans.findIndex((p) => p.start === starts[k] && p.text === course.treatment);
      const one = {
        ...course, time: answer.time, start: starts[k], plan, burden: answer.plans[i].burden,
        cost: answer.plans[i].cost, lost: answer.plans[i].lasting_axon_loss, last: null,
      };
      if (plan >= 0) courses.push(one);
      else nothing ??= one;
    });
  });
  courses.sort((a, b) => a.plan - b.plan);
  if (nothing) courses.push(nothing);
  const [first] = answers;
  return {
    courses, plans, commands: answers.map((a) => a.command), until: Math.max(...answers.map((a) => a.time.at(-1))), notes: answers.flatMap((a) => a.notes ?? []),
    members: first.ensemble_members, prices: first.prices, currency: first.currency,
    read: null,
  };
}

/** What a start at different times leaves, for each treatment. */
async function lastTimes(api, scenario, plans, until) {
  const answer = await api.post("compare", {
    ...scenario, plans: [...new Set(plans.map((p) => p.text))], start: Math.min(...plans.map((p) => p.start)), until,
    last: true,
  }, { channel: "compare-last" });
  const times = answer.last_times ?? [];
  return { of: Object.fromEntries(times.map((one) => [one.treatment, one])), read: times.length ? times[0].read / YEAR : null };
}

const look = (course) => (course.plan < 0 ? NONE : LOOKS[course.plan]);
const letter = (course) => (course.plan < 0 ? "" : `${String.fromCharCode(65 + course.plan)} `);
const named = (course, found, choices) => (course.plan < 0 ? "Nothing"
  : `${letter(course)}${brief(found.plans[course.plan], choices)}`);

function words(symptom, level) {
  const known = SYMPTOMS.find((one) => one.value === symptom);
  if (level === "clinical") return known.clinical.charAt(0).toLowerCase() + known.clinical.slice(1);
  const [part, state] = known.plain;
  return `${state} ${part}`;
}

function chances(svg, width, found, symptom, told, choices) {
  const series = found.courses.map((course) => {
    const values = course.probability[symptom].map((p) => 100 * p);
    return {
      x: course.time, y: values, range: course.probability_range[symptom]?.map((end) => 100 * end.at(-1)), colour: look(course).tint, dash: look(course).dash || undefined, width: 2,
      label: `${named(course, found, choices)} ${percent(values.at(-1) / 100)}`,
    };
  });
  const starts = [...new Set(found.plans.map((p) => p.start))].sort((a, b) => a - b);
  const first = Math.max(0, Math.floor(starts[0] - 2));
  lineChart(svg, {
    width, height: 320, margin: { right: width < 420 ? 128 : 150, left: 48, bottom: 40, top: 52 },
    x: { domain: [first, found.until], label: "year" },
    y: { domain: [0, 100], ticks: [0, 25, 50, 75, 100], format: (v) => (v === 100 ? "100 %" : String(v)) },
    series: series.map((one) => clip(one, first)),
    marks: starts.map((x, i) => ({ x, label: i === 0 ? "start" : "" })),
    title: `Chance of ${told} over the years, by plan`,
    description: found.courses.map((c) => `${named(c, found, choices)}: ${percent(c.probability[symptom].at(-1))} at the end`).join("; "),
  });
}

/** Leave out what lies before the frame. */
function clip(one, first) {
  const from = Math.max(0, one.x.findIndex((x) => x >= first));
  return { ...one, x: one.x.slice(from), y: one.y.slice(from) };
}

function lasting(svg, width, found, symptom, told, choices, own) {
  const treated = found.courses.filter((c) => c.last && c.plan >= 0 && !same(c, found));
  const series = treated.map((c) => {
    // Past the scenario's own treatment a start no longer stands for a first treatment.
    const x = c.last.starts.map((day) => day / YEAR).filter((t) => t <= own + 1e-6);
    return { x, y: c.last.left[symptom].slice(0, x.length), colour: look(c).tint, dash: look(c).dash || undefined, width: 2 };
  });
  if (!series.length) {
    put(svg);
    return;
  }
  const longest = Math.max(...series.flatMap((one) => one.x));
  const drawn = lineChart(svg, {
    width, height: 320, margin: { right: 16, left: 56, bottom: 40, top: 52 },
    x: { domain: [0, longest], label: "year treatment starts" },
    y: { domain: [0, 4], ticks: [0, 1, 2, 3, 4], format: (v) => WORDS[v] },
    series, title: `${upper(told)} that is left, against the year in which treatment starts`,
    description: treated.map((c) => `${named(c, found, choices)}: ${safeWords(c.last, symptom)}`).join("; "),
  });
  treated.forEach((c) => {
    const day = c.last.last[symptom];
    if (day === null || day >= c.last.starts.at(-1)) return;
    const dot = s("circle", { cx: drawn.x(day / YEAR), cy: drawn.y(value(c.last, symptom, day)), r: 4.5, class: "spread-dot" });
    dot.style.fill = look(c).tint;
    svg.append(dot);
  });
  const lead = treated.find((c) => c.last.last[symptom] !== null && c.last.last[symptom] < c.last.starts.at(-1));
  if (lead) {
    const x = drawn.x(lead.last.last[symptom] / YEAR);
    const middle = x < 90 ? "start" : x > width - 70 ? "end" : "middle";
    svg.append(s("line", { class: "cursor", x1: x, x2: x, y1: 42, y2: drawn.y(value(lead.last, symptom, lead.last.last[symptom])) - 6 }),
      s("text", { class: "chart-label", x, y: 18, "text-anchor": middle }, "last safe start"),
      s("text", { class: "note", x, y: 36, "text-anchor": middle }, `${letter(lead)}${year(lead.last.last[symptom] / YEAR)}`));
  }
}

/** Whether an earlier plan is the same treatment: against its start it is the same curve. */
const same = (course, found) => found.plans.slice(0, course.plan).some((p) => p.text === found.plans[course.plan].text);

function value(last, name, day) {
  const { starts } = last;
  const k = Math.max(1, starts.findIndex((x) => x >= day));
  const share = (day - starts[k - 1]) / (starts[k] - starts[k - 1]);
  return last.left[name][k - 1] + share * (last.left[name][k] - last.left[name][k - 1]);
}

function safeWords(last, name) {
  const day = last.last[name];
  if (day === null) return "no start prevents it";
  if (day >= last.starts.at(-1)) return `a start at ${year(last.starts.at(-1) / YEAR)} still prevents it`;
  return `last safe start ${year(day / YEAR)}`;
}

/** Where each plan ends. */
function ends(found, symptom, told, choices, state) {
  const low = (name) => state.run?.curves?.[name]?.reference?.[0] ?? null;
  const limits = { b12: low("serum_b12"), hb: low("hemoglobin") };
  const worst = (lost) => Math.max(...Object.values(lost).map((l) => l.value));
  const last = ([low, high], shown) => range(shown(low.at(-1)), shown(high.at(-1)));
  const axons = (c) => {
    const most = Object.values(c.lost).reduce((a, b) => (b.value > a.value ? b : a));
    return Number.isFinite(most.p5) ? range(percent(most.p5), percent(most.p95)) : null;
  };
  const marked = (bad, text, word) => (bad ? h("b", { class: "harm" }, text, h("span", { class: "unseen" }, `, ${word}`)) : text);
  return table(`At ${year(found.until)}`, [
    { head: "Plan", cell: (c) => [line(c), name(c, found, choices)] },
    { head: upper(told), number: true, cell: (c) => {
      const p = c.probability[symptom].at(-1);
      return [marked(p >= NOTED, percent(p), "harm"), c.probability_range[symptom] ? last(c.probability_range[symptom], percent) : null];
    } },
    { head: "Axons lost", number: true, cell: (c) => [marked(worst(c.lost) >= NOTED, percent(worst(c.lost)), "harm"), axons(c)] },
    { head: "Hb g/L", number: true, cell: (c) => {
      const v = c.values.hemoglobin.at(-1);
      return marked(limits.hb !== null && v < limits.hb, number(v), "low");
    } },
    { head: "B12 pmol/L", number: true, cell: (c) => {
      const v = c.values.serum_b12.at(-1);
      return marked(limits.b12 !== null && v < limits.b12, number(v), "low");
    } },
  ], found.courses);
}

/** The range of a number, under it. */
const range = (low, high) => h("small", { class: "third block nowrap" }, `${low} to ${high}`);

function name(course, found, choices) {
  if (course.plan < 0) return "Nothing";
  return [named(course, found, choices), h("small", { class: "third block" }, `from ${year(course.start)}`)];
}

function line(course) {
  const key = s("svg", { class: "legend-line", width: 20, height: 8, "aria-hidden": "true" });
  const stroke = s("line", { x1: 0, x2: 20, y1: 4, y2: 4, "stroke-width": 2.5, "stroke-dasharray": look(course).dash || "none" });
  stroke.style.stroke = look(course).tint;
  key.append(stroke);
  return key;
}

/** What each plan asks of a person. */
function asks(found, choices) {
  const nasal = found.courses.some((c) => c.burden.nasal_doses);
  return table("What it asks", [
    { head: "Plan", cell: (c) => named(c, found, choices) },
    { head: "Injections", number: true, cell: (c) => number(c.burden.injections, 6) },
    { head: "Tablets", number: true, cell: (c) => number(c.burden.tablets, 6) },
    ...(nasal ? [{ head: "Nasal doses", number: true, cell: (c) => number(c.burden.nasal_doses, 6) }] : []),
    { head: "Visits", number: true, cell: (c) => number(c.burden.visits, 6) },
    { head: `Cost ${found.currency}`, number: true, cell: (c) => number(Math.round(c.cost), 6) },
  ], found.courses);
}

/** The last time at which each plan prevents lasting harm, in corrin's words. */
function safeTimes(found, choices, symptom, told) {
  const treated = found.courses.filter((c) => c.last && c.plan >= 0 && !same(c, found));
  if (!treated.length) return null;
  return [h("h3", { class: "eyebrow" }, "Last time at which each prevents lasting harm"),
    h("ul", null, treated.map((c) => h("li", null, h("b", null, `${named(c, found, choices)}. `), c.last.words,
      ` For ${told} alone: ${safeWords(c.last, symptom)}.`)))];
}

/** All courses as rows. */
function rows(found) {
  const list = [["plan", "treatment", "start_year", "year", "output", "value", "p5", "p95"]];
  for (const c of found.courses) {
    const tag = c.plan < 0 ? "none" : String.fromCharCode(65 + c.plan);
    for (const [output, values] of Object.entries(c.values)) {
      c.time.forEach((t, i) => list.push([tag, meaning(c.treatment), c.start, t, output, values[i],
        c.low?.[output]?.[i] ?? null, c.high?.[output]?.[i] ?? null]));
    }
    for (const [output, values] of Object.entries(c.probability)) {
      c.time.forEach((t, i) => list.push([tag, c.treatment, c.start, t, `${output}_probability`, values[i], null, null]));
    }
  }
  return list;
}
