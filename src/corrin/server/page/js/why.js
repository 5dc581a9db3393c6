// Why: how much of a symptom each mechanism makes, along which path, and what that rests on.

import { at } from "./chart.js";
import { h, put } from "./dom.js";
import { registerView } from "./download.js";
import {
  GRADES, SYMPTOMS, body, choice, colour, head, number, percent, range, settle, spaced, status,
  table, trouble, upper, whenNear, year,
} from "./panels.js";

const FIRST = 0.01; // years; at the very start there is nothing to ask about
const WAIT = 450; // ms the slider must rest before a question is worth a computation
const ENOUGH = 300; // as corrin.insight.members has it
const OFF = 0.1; // how far from health a link of the chain must be (10 %)
const LEAST = 0.5; // grade from which a symptom is asked about as something that is there
const SEEN = 0.005; // smallest part of the total that gets a row
const EVERY = 1000; // versions of the model to ask: all there are; a range needs 300 that have something to share
const DAMAGED = 0.1; // loss that the natural experiments call damage

export function mount(section, { store, api }) {
  const chips = choice("Which symptom", SYMPTOMS, store.get().symptom, (symptom) => store.set({ symptom }));
  const other = h("select", { class: "input other", "aria-label": "Or another measure" });
  const { heading } = head(section, "Why?", "", h("div", { class: "why-pick" }, chips.node, other));
  const said = status();
  const words = h("div", { class: "c4 why-words" });
  const shares = h("div", { class: "c5 why-shares" });
  const nature = h("div", { class: "c3 why-nature" });
  const panel = h("div", { class: "grid12 why-grid", role: "group", "aria-label": "The answer" }, words, shares, nature);
  const evidence = h("div", { class: "why-evidence" });
  const more = h("button", { type: "button", class: "button small", hidden: true, onclick: () => request(EVERY) }, "Ask for ranges");
  section.append(h("div", { class: "why-state" }, said.node, more), panel, evidence);

  let near = false;
  let answer = null;
  let asked = "";
  let ranged = false; // whether versions of the model are there that would give ranges
  let names = {};
  let natural = [];

  api.get("choices").then((choices) => {
    const listed = (choices.explainable ?? []).filter((o) => !SYMPTOMS.some((s) => s.value === o.name));
    names = Object.fromEntries((choices.explainable ?? []).map((o) => [o.name, o.long_name]));
    const groups = [["Blood", (o) => o.kind === "blood"], ["Scores, nerves and vessels", (o) => o.kind !== "blood"]];
    put(other, h("option", { value: "" }, "Another measure"), groups.map(([label, test]) =>
      h("optgroup", { label }, listed.filter(test).map((o) => h("option", { value: o.name }, o.long_name)))));
    title();
  }).catch(() => other.remove());
  api.get("health").then((health) => {
    ranged = Boolean(health.ensemble);
    show();
  }).catch(() => {});
  other.addEventListener("change", () => other.value && store.set({ symptom: other.value }));

  function title() {
    const state = store.get();
    chips.show(state.symptom);
    other.value = SYMPTOMS.some((s) => s.value === state.symptom) ? "" : state.symptom;
    heading.textContent = question(state, names);
  }

  const ask = settle(() => request(0), WAIT);

  /** Ask the central parameter set, or so many versions of the model, which takes longer. */
  async function request(members) {
    const state = store.get();
    if (!near || !state.run || state.t === null) return;
    title();
    const wanted = { ...body(state), at: Math.max(Math.round(state.t * 1e4) / 1e4, FIRST), symptom: state.symptom, members };
    const key = JSON.stringify(wanted);
    if (key === asked) return;
    asked = key;
    section.setAttribute("aria-busy", "true");
    said.say(members ? "Asking every version of the model; this can take some minutes …" : `Asking at ${year(wanted.at)} …`);
    more.hidden = true;
    try {
      const got = await api.post("why", wanted);
      if (key !== asked) return;
      answer = got;
      if (members && answer.versions.source === "central") ranged = false;
      show();
    } catch (error) {
      if (error.name === "AbortError" || key !== asked) return;
      answer = null;
      asked = "";
      put(words, trouble(error));
      put(shares);
      put(evidence);
      said.say("");
    } finally {
      if (key === asked || !asked) section.removeAttribute("aria-busy");
    }
  }

  function show() {
    if (!answer) return;
    const { level, run } = store.get();
    const when = answer.time / 365.25;
    const text = tell(answer, level);
    said.say(`Answer for ${year(when)}. ${versions(answer)}`);
    more.hidden = !ranged || answer.versions.source !== "central" || !answer.explained;
    put(words, h("p", { class: "t21 answer" }, text.lead),
      path(answer, run),
      answer.versions.source === "central" ? null
        : h("p", { class: "t13 third" }, "The path shows the central parameter set."),
      text.had.length ? [h("h3", { class: "eyebrow" }, "What would have been"),
        h("ul", { class: "plain-list" }, text.had.map((t) => h("li", null, t)))] : null,
      text.last.length ? [h("h3", { class: "eyebrow" }, "Last safe time"),
        text.last.map((t) => h("p", { class: "last-time" }, t))] : null,
      text.rest.length ? h("details", { class: "more" }, h("summary", null, "More about this answer"),
        h("ul", { class: "plain-list" }, text.rest.map((t) => h("li", null, t)))) : null);
    put(shares, listed(answer, level));
    put(evidence, edges(answer, (row) => store.set({ search: row })));
  }

  whenNear(section, () => {
    near = true;
    ask();
    api.get("experiments").then(({ rows: found }) => {
      natural = found;
      put(nature, experiments(natural));
    }).catch((error) => put(nature, trouble(error)));
  });
  store.subscribe(["run", "scenario", "t", "symptom"], (state, changed) => {
    if (changed.some((key) => key !== "t")) title();
    ask();
  });
  store.subscribe(["level"], () => {
    title();
    show();
  });
  title();
  registerView("why", {
    csv: () => answer && rows(answer),
    command: () => answer?.command,
    name: () => `why-${store.get().symptom}`,
  });
}

/** The question as a heading. */
function question({ symptom, level, run, t }, names) {
  const known = SYMPTOMS.find((s) => s.value === symptom);
  if (!known) return `${names[symptom] ?? upper(spaced(symptom))}: why?`;
  if (level === "clinical") return `${known.clinical}: why?`;
  const whose = run?.person?.possessive ?? "the";
  const [part, state] = known.plain;
  const be = part.endsWith("s") || part === "feet" ? "are" : "is";
  if (!run || t === null) return `Why ${be} ${whose} ${part} ${state}?`;
  const curve = run.curves?.[symptom];
  const grade = curve ? at(run.time, curve.values, t) : 0;
  return grade >= LEAST ? `Why ${be} ${whose} ${part} ${state}?` : `What would trouble ${whose} ${part}?`;
}

/** The sentences of an answer, put where they belong by what they rest on. */
function tell(answer, level) {
  const wanted = level === "clinical" ? "specialist" : "plain";
  const found = { lead: "", had: [], last: [], rest: [] };
  const lead = [];
  for (const one of answer.sentences ?? []) {
    const keys = one.values ?? [];
    if (keys.some((k) => k === "chance" || k === "chance range")) found.last.push(one.text);
    else if (keys.some((k) => k.startsWith("had "))) found.had.push(one.text);
    else if (one.level !== wanted) continue;
    else if (lead.length < 2) lead.push(one.text);
    else found.rest.push(one.text);
  }
  found.lead = lead.join(" ");
  return found;
}

function versions(answer) {
  const v = answer.versions;
  if (v.source === "central") return `Central parameter set only (${v.reason}): no range.`;
  const some = v.effective < v.asked - 0.5 ? `; ${Math.round(v.effective)} of them have enough to share` : "";
  return `${v.asked} versions of the model that fit what is published${some}.`;
}

/** The chain from the cause to the symptom, link by link, with what each is now. */
function path(answer, run) {
  const graph = answer.pathway;
  if (!answer.explained || !graph?.edges || answer.layer !== "mechanism") return null;
  const nodes = Object.fromEntries(graph.nodes.map((n) => [n.id, n]));
  const when = answer.time / 365.25;
  const steps = chain(graph.edges, nodes, answer.symptom, (id) => deviation(run?.nodes?.[id], run?.time, when));
  if (!steps.length) return null;
  const events = (answer.events ?? []).filter((e) => e.part >= 0.1);
  return h("ol", { class: "chain", "aria-label": "Path from the cause to the symptom" },
    events.map((e) => h("li", null, dot(null), h("b", null, upper(e.name)))),
    steps.map(({ node, mechanism }) => {
      const value = now(run?.nodes?.[node.id], run?.time, when, node.kind);
      return h("li", null, dot(mechanism), `${node.label}`, value ? [" ", h("b", null, value)] : null);
    }));
}

function dot(mechanism) {
  const mark = h("span", { class: "chain-dot" });
  if (mechanism) mark.style.borderColor = colour(mechanism);
  return h("span", { "aria-hidden": "true" }, h("span", { class: "chain-line" }), mark);
}

/** Walk back from a symptom along what does most; above the mechanism along what is most off. */
function chain(edges, nodes, symptom, off) {
  if (!nodes[symptom]) return [];
  const found = [{ node: nodes[symptom], mechanism: "" }];
  const seen = new Set([symptom]);
  let mechanism = "";
  while (found.length < 12) {
    const here = found[0].node;
    const into = edges.filter((e) => e.target === here.id && nodes[e.source] && !seen.has(e.source));
    const above = into.every((e) => e.layer === "upstream" || e.layer === "chain");
    const size = (e) => (above ? off(e.source) : Math.abs(e.effect ?? 0));
    const next = into.sort((a, b) => size(b) - size(a))[0];
    if (!next || (above && size(next) < OFF)) break;
    const node = nodes[next.source];
    if (node.kind === "mechanism") mechanism = edges.find((e) => e.source === node.id && e.mechanism)?.mechanism ?? "";
    found.unshift({ node, mechanism });
    seen.add(node.id);
  }
  return found;
}

/** How far a node is from health now, as the size of its logarithm. */
function deviation(node, time, when) {
  if (!node || !time) return 0;
  const value = at(time, node.values, when);
  if (node.kind === "value") return value > 0.01 ? 1 + value : 0;
  return Math.abs(Math.log(Math.max(value, 1e-6)));
}

/** What a node of the chain is now. */
function now(node, time, when, kind) {
  if (!node || !time) return "";
  const value = at(time, node.values, when);
  if (kind === "symptom") return `${number(value, 2)} of 4`;
  if (kind === "tract") return `${percent(value)} of function lost`;
  if (node.kind === "value") return kind === "mechanism" ? `${percent(value)} of its worst` : number(value, 2);
  return value > 1.5 ? `${number(value, 2)} × normal` : `${percent(value)} of normal`;
}

/** Shares with point and bar, evidence and grade under each. */
function listed(answer, level) {
  if (!answer.explained) {
    return h("p", { class: "t13 second" }, "Too little is lost to be shared among mechanisms.");
  }
  const { source, effective } = answer.versions;
  const missing = source === "central" ? "Point: share in the central parameter set. No range: only that set was asked."
    : effective < ENOUGH ? `Point: mean share. No range: it needs ${ENOUGH} versions of the model with enough to share.` : "";
  const acting = answer.mechanisms.filter((m) => Math.abs(m.part) >= SEEN || m.ranks_only);
  const rest = answer.mechanisms.length - acting.length;
  const plain = level !== "clinical";
  return [
    h("h3", { class: "eyebrow" }, `Share of the effect at ${year(answer.time / 365.25)}`),
    h("p", { class: "t13 third" }, missing || "Point: mean share. Bar: 90 % of the versions of the model that fit."),
    h("p", { class: "t13 third" }, "Under each: the best grade among its findings. How strongly a mechanism "
      + "weighs is fitted or assumed."),
    h("ul", { class: "share-list" }, acting.map((m) => one(m, answer, plain))),
    rest > 0 ? h("p", { class: "t13 third" }, `${rest} further ${rest === 1 ? "mechanism" : "mechanisms"} below 1 %.`) : null,
    untold(answer.not_told_apart ?? []).map((text) => h("p", { class: "t13 second" }, text)),
    sums(answer),
  ];
}

/** Which mechanisms the data cannot tell apart; what one of them trades off with in one sentence. */
function untold(pairs) {
  return [...new Set(pairs.map((p) => p.one))].map((one) => {
    const others = pairs.filter((p) => p.one === one).map((p) => p.other);
    return others.length === 1 ? `The data cannot tell ${one} and ${others[0]} apart.`
      : `The data cannot tell ${one} apart from each of these: ${others.join(", ")}.`;
  });
}

/** A mechanism in a few everyday words, where corrin's own sentence has no room. */
const PLAIN = {
  methylation: "Too few methyl groups", homocysteine: "Homocysteine harms nerve and vessel",
  "DNA synthesis": "Too few DNA letters for new cells",
  "propionate and abnormal fatty acids": "Odd fatty acids built into myelin",
  "trophic and cytokine": "Growth factors and inflammation", energy: "Too little energy for nerve cells",
  anaemia: "Too little oxygen: anaemia", neurotransmitters: "Too few messenger substances",
};

function one(m, answer, plain) {
  const name = plain ? PLAIN[m.name] ?? upper(m.name) : upper(m.name);
  const ranged = m.part_low !== null && m.part_low !== undefined;
  const told = ranged ? `${percent(m.part_low)} to ${percent(m.part_high)}` : "no range";
  const link = (answer.pathway?.edges ?? []).filter((e) => e.mechanism === m.name && e.layer === "injury");
  return h("li", { class: "share" },
    h("div", { class: "share-head" }, h("span", { class: "t15 share-name" }, name),
      h("span", { class: "number share-part" }, m.ranks_only ? `first in ${percent(m.first)}` : percent(m.part))),
    h("div", { class: "share-bar" }, range(m.ranks_only ? null : m.part, m.part_low, m.part_high, colour(m.name)),
      h("span", { class: "t12 third share-range" }, m.ranks_only ? `${told}: too wide for a number` : told)),
    link.map((e) => h("p", { class: "t13 share-rest" }, h("b", null, grade(e.grade)),
      h("span", { class: "second" }, upper(e.words), findings(e.rows?.length ?? 0)))),
    !plain && m.without !== null ? h("p", { class: "t12 third" },
      `Blocked alone: ${number(m.without, 2)} left. Acting alone: ${number(m.alone, 2)}.`) : null);
}

const findings = (count) => (count ? ` (${count} ${count === 1 ? "finding" : "findings"})` : "");
const grade = (name) => upper(GRADES[name] ?? name ?? "no grade");

/** Two further sums of the same total. */
function sums(answer) {
  const parts = [["By enzyme", answer.enzymes], ["By event", answer.events]]
    .filter(([, list]) => (list ?? []).filter((m) => Math.abs(m.part) >= SEEN).length > 1);
  return parts.map(([caption, list]) => table(`${caption} (a sum of its own)`, [
    { head: upper(caption.slice(3)), cell: (m) => upper(m.name) },
    { head: "Share", number: true, cell: (m) => percent(m.part) },
    { head: "Range", number: true, cell: (m) => (m.part_low === null || m.part_low === undefined
      ? "no range" : `${percent(m.part_low)} to ${percent(m.part_high)}`) },
  ], list.filter((m) => Math.abs(m.part) >= SEEN)));
}

/** The natural experiments that tell mechanisms apart, shown first. */
const TELLING = ["nitrous oxide", "methionine under nitrous oxide", "MTHFR deficiency", "MUT deficiency", "folic acid in B12 lack"];

/** People in whom only a part of the chain is broken: what was seen, what the model gives. */
function experiments(all) {
  if (!all.length) return null;
  const first = TELLING.map((name) => all.find((r) => r.experiment === name)).filter(Boolean);
  const rest = all.filter((r) => !first.includes(r));
  const held = all.filter((r) => r.holds).length;
  const list = (some) => h("ul", { class: "nature-list" }, some.map((r) => h("li", { class: "nature" },
    h("div", { class: "nature-head" }, h("b", { class: "t13" }, upper(r.experiment)), h("b", { class: "t13 n" }, percent(r.nerve))),
    r.broken ? h("p", { class: "t12 third" }, `broken: ${r.broken}`) : null, harm(r.nerve),
    h("p", { class: "t12 second" }, `Seen: ${r.observed}. The model ${r.holds ? "agrees" : "does not agree"}.`))));
  return [
    h("h3", { class: "eyebrow" }, "Natural experiments"),
    h("p", { class: "t13 third" }, "Where only a part of the chain is broken: what was seen, and the loss in the "
      + `worst nerve tract in this model. ${held} of ${all.length} patterns hold. The model was fitted with these in `
      + "view, so this is a fit, not a test."),
    list(first),
    rest.length ? h("details", { class: "more" }, h("summary", null, `${rest.length} further natural experiments`), list(rest)) : null,
  ];
}

/** A bar of lost function; pale where little is lost. */
function harm(loss) {
  const rail = h("div", { class: "harm-rail", "aria-hidden": "true" });
  const fill = h("div", { class: loss > DAMAGED ? "harm-fill" : "spare-fill" });
  fill.style.width = `${100 * Math.min(Math.max(loss, 0.004), 1)}%`;
  rail.append(fill);
  return rail;
}

/** What every link rests on. */
function edges(answer, find) {
  const all = (answer.pathway?.edges ?? []).filter((e) => e.gain);
  if (!all.length) return null;
  const size = (e) => (e.effect === null || e.effect === undefined ? "not asked"
    : `${percent(e.effect)}${e.effect_kind === "cut" ? " if cut" : ""}`);
  return h("details", { class: "more" }, h("summary", null, `What each of the ${all.length} links rests on`),
    table("Evidence of each link, strongest on this symptom first", [
      { head: "Link", cell: (e) => upper(e.words) },
      { head: "Mechanism", cell: (e) => e.mechanism },
      { head: "Share, or what cutting it takes away", number: true, cell: size },
      { head: "Best grade", cell: (e) => GRADES[e.grade] ?? e.grade },
      { head: "Findings", cell: (e) => (e.rows ?? []).map((row, i) => [i ? " " : "",
        h("button", { type: "button", class: "as-link row-link", onclick: () => {
          find(row);
          document.getElementById("model")?.scrollIntoView();
          document.getElementById("model-search")?.focus({ preventScroll: true });
        } }, row)]) },
    ], [...all].sort((a, b) => Math.abs(b.effect ?? 0) - Math.abs(a.effect ?? 0)), { unseen: true }));
}

function rows(answer) {
  const found = [["sum", "name", "part", "part_low", "part_high", "share", "low", "high", "first", "without", "alone"]];
  for (const kind of ["mechanisms", "enzymes", "events"]) {
    for (const m of answer[kind] ?? []) {
      found.push([kind, m.name, m.part, m.part_low, m.part_high, m.share, m.low, m.high, m.first, m.without, m.alone]);
    }
  }
  return found;
}
