// Model: every parameter, link and source to search; what was published beside it; limits.

import { h, put } from "./dom.js";
import { registerView } from "./download.js";
import {
  GRADES, choice, head, number, percent, settle, spaced, status, table, trouble, unit, upper, whenNear, whenStaying,
} from "./panels.js";
import { ratios } from "./validation.js";

const WAIT = 200;
const REPLAYING = 8000; // ms after which a comparison is not the one that ships
const NARROW = matchMedia("(max-width: 819px)").matches;
const FIRST = NARROW ? 6 : 16; // rows shown before "show more"
const TOPICS = [
  { value: "parameters", label: "Parameters" }, { value: "edges", label: "Links" }, { value: "sources", label: "Sources" },
];
const CHECKS = {
  "looked up": "looked up", "evidence table": "from the evidence table", secondary: "known through another source",
  derived: "derived", no: "not checked",
};

export function mount(section, { store, api }) {
  head(section, "Model", "What the answers are made of: every number, link and source, how well the model gives "
    + "what was published, and what it cannot tell.");
  const said = status();
  const from = new URLSearchParams(location.hash.slice(1));
  const field = h("input", {
    class: "input", type: "search", id: "model-search", autocomplete: "off", spellcheck: "false", maxlength: 200,
    value: (from.get("q") ?? "").slice(0, 200), placeholder: "such as intrinsic factor, MET233 or Allen",
  });
  let topic = TOPICS.some((one) => one.value === from.get("topic")) ? from.get("topic") : "parameters";
  const topics = choice("Search in", TOPICS, topic, (value) => {
    topic = value;
    topics.show(topic);
    show();
  });
  const list = h("div", { class: "found-list" });
  const validation = h("div", { class: "validation" }, h("h3", { class: "eyebrow" }, "Against what was published"));
  const limits = h("div", { class: "model-limits" });
  section.append(h("div", { class: "grid12" },
    h("div", { class: "c6" },
      h("form", { class: "model-find", role: "search", onsubmit: (event) => event.preventDefault() },
        h("label", { class: "field" }, h("span", null, "Search the model"), field), topics.node),
      said.node, list),
    h("div", { class: "c6 model-side" }, validation, limits)));

  let found = {};
  let shown = FIRST;
  let turn = 0;
  let near = false;

  const ask = settle(async () => {
    if (!near) return;
    const mine = ++turn;
    const q = encodeURIComponent(field.value.trim());
    try {
      const answers = await Promise.all(TOPICS.map((one) => api.get(`model/${one.value}?q=${q}`)));
      if (mine !== turn) return;
      found = Object.fromEntries(TOPICS.map((one, i) => [one.value, answers[i]]));
      shown = FIRST;
      // A search that finds nothing here but something elsewhere shows what it found.
      if (field.value.trim() && !found[topic].count) {
        topic = TOPICS.find((one) => found[one.value].count)?.value ?? topic;
        topics.show(topic);
      }
      show();
    } catch (error) {
      if (mine === turn) put(list, trouble(error));
    }
  }, WAIT);

  function show() {
    const answer = found[topic];
    if (!answer) return;
    topics.buttons.forEach((button, i) => {
      const { count, of } = found[TOPICS[i].value];
      button.textContent = `${TOPICS[i].label} ${count === of ? of : `${count} of ${of}`}`;
    });
    const words = field.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    const row = { parameters: parameter, edges: edge, sources: source }[topic];
    said.say(answer.count ? `${answer.count} of ${answer.of} ${label(topic)}.` : "Nothing found. Try fewer or other words.");
    put(list, answer.rows.slice(0, shown).map((one) => row(one, (text) => marked(text, words), look)),
      answer.rows.length > shown ? h("p", null, h("button", { type: "button", class: "button small", onclick: () => {
        const at = shown;
        shown += 100;
        show();
        list.children[at]?.querySelector("summary, a, button")?.focus();
      } }, `Show more of ${answer.count}`)) : null);
  }

  function look(text) {
    field.value = text;
    ask();
    field.focus();
  }

  field.addEventListener("input", ask);
  store.subscribe(["search"], (state) => {
    if (!state.search) return;
    field.value = state.search;
    store.set({ search: null }); // so that the same words can be looked for again
    topic = "edges";
    topics.show(topic);
    near = true;
    ask();
  });
  whenNear(section, () => {
    near = true;
    ask();
    knownLimits(limits, api);
  });
  // The first comparison on a machine takes minutes: only who stays here starts it.
  whenStaying(validation, () => published(validation, api, store));
  registerView("model", {
    csv: () => found[topic] && rows(found[topic].rows),
    command: () => "corrin validate",
    name: () => `model-${topic}`,
    link: () => ({ q: field.value.trim(), topic }),
  });
}

const label = (topic) => TOPICS.find((one) => one.value === topic).label.toLowerCase();

/** A text with the words that were searched for marked. */
function marked(text, words) {
  const whole = String(text ?? "");
  if (!words.length) return whole;
  const any = words.map((w) => w.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|");
  return whole.split(new RegExp(`(${any})`, "gi")).map((part, i) => (i % 2 ? h("mark", null, part) : part));
}

function parameter(one, mark) {
  const value = `${number(Number(one.value), 4)} ${unit(one.unit === "fraction" ? "" : spaced(one.unit))}`.trim();
  return h("article", { class: "found" },
    h("div", { class: "found-head" }, h("code", null, mark(one.name)), h("b", { class: "t13" }, value)),
    h("p", null, mark([GRADES[one.grade] ?? one.grade, `module ${one.module}`].join("; ")),
      one.note ? [". ", mark(upper(one.note))] : null),
    one.source ? h("p", null, "Source: ", mark(one.source)) : null);
}

function edge(one, mark, look) {
  return h("article", { class: "found" },
    h("div", { class: "found-head" }, h("b", { class: "t15" }, mark(upper(one.words))),
      h("span", { class: "t13 third" }, GRADES[one.grade] ?? (one.grade || "no grade"))),
    h("p", null, mark(one.source), " to ", mark(one.target), one.mechanism ? [". Mechanism: ", mark(one.mechanism)] : null),
    one.gain ? h("p", null, h("code", null, mark(one.gain))) : null,
    one.evidence.length ? h("details", null, h("summary", null, `${one.evidence.length} ${one.evidence.length === 1 ? "finding" : "findings"}`),
      one.evidence.map((f) => h("p", null, h("b", null, mark(f.id)), " ", mark(f.quantity), fact(f),
        f.population ? [" in ", mark(f.population)] : null, ". ", upper(GRADES[f.grade] ?? f.grade), `; used to ${f.use}. `,
        f.note ? [mark(upper(f.note)), ". "] : null,
        f.sources.map((key, i) => [i ? ", " : "", h("button", { type: "button", class: "as-link", onclick: () => look(key) }, mark(key))])))) : null);
}

function fact(one) {
  if (one.value !== "" && one.value !== null) {
    const span = one.low !== "" && one.high !== "" ? ` (${one.low} to ${one.high})` : "";
    return `: ${one.value}${span} ${unit(one.unit)}`;
  }
  return one.low !== "" || one.high !== "" ? `: ${one.low} to ${one.high} ${unit(one.unit)}` : "";
}

function source(one, mark) {
  const address = one.doi ? `https://doi.org/${one.doi}` : one.pmid ? `https://pubmed.ncbi.nlm.nih.gov/${one.pmid}/` : one.url;
  const title = one.title || one.key;
  const safe = /^https:\/\//.test(address ?? "");
  return h("article", { class: "found" },
    h("div", { class: "found-head" }, h("b", { class: "t15" }, safe
      ? h("a", { href: address, rel: "noreferrer noopener", target: "_blank" }, mark(title), h("span", { class: "unseen" }, " (opens the publisher in a new tab)"))
      : mark(title)), h("span", { class: "t13 third" }, CHECKS[one.checked] ?? one.checked)),
    h("p", null, mark([one.authors, one.journal, one.year].filter(Boolean).join(". "))),
    one.doi || one.pmid ? h("p", null, mark(one.doi ? `doi ${one.doi}` : `PubMed ${one.pmid}`)) : null,
    one.rows.length ? h("p", null, "Findings: ", mark(one.rows.join(", "))) : null,
    one.note ? h("p", null, mark(upper(one.note))) : null);
}

/** What was published against what the model gives. */
async function published(place, api, store) {
  const said = h("p", { class: "t13 third", role: "status" }, "Comparing …");
  put(place, h("h3", { class: "eyebrow" }, "Against what was published"), said);
  const slow = setTimeout(() => put(said, "Comparing. This model is not the one whose comparison ships: every "
    + "published number is replayed once, which takes some minutes."), REPLAYING);
  let answer;
  try {
    answer = await api.get("model/validation");
  } catch (error) {
    put(place, h("h3", { class: "eyebrow" }, "Against what was published"), trouble(error));
    return;
  } finally {
    clearTimeout(slow);
  }
  const all = answer.summary.filter((row) => row.theme === "all");
  const figure = h("div", { class: "validation-figure" });
  const missed = answer.rows.filter((row) => !row.agrees);
  const ranged = all.some((row) => row.coverage !== null);
  put(place, h("h3", { class: "eyebrow" }, "Against what was published"),
    h("p", { class: "t13 third" }, "In view: the number was known when the model was built, so that agreement proves less. "
      + "Fitted: the number was used to set parameters, so that agreement proves nothing."
      + (ranged ? " In range: published values within the 90 % range of what the versions of the model predict." : "")),
    table("How often the model agrees", [
      { head: "Numbers", cell: (r) => `${r.use === "validate" ? "Not fitted" : "Fitted"}, ${r.known ? "in view" : "not in view"}` },
      { head: "Agree", number: true, cell: (r) => `${r.agree} of ${r.observations}` },
      { head: "Share", number: true, cell: (r) => percent(r.share) },
      ...(NARROW ? [] : [{ head: "Studies", number: true, cell: (r) => String(r.studies) }]),
      { head: "Half within", number: true, cell: (r) => (r.fold === null ? "not known" : `${number(r.fold)}-fold`) },
      ...(ranged ? [{ head: "In range", number: true, cell: (r) => (r.coverage === null ? "not known" : percent(r.coverage)) }] : []),
    ], all, { unseen: true }),
    figure,
    h("details", { class: "more" }, h("summary", null, `The ${missed.length} misses in words`),
      table("What the model misses", [
        { head: "Published number", cell: (r) => [upper(r.quantity), h("small", { class: "third block" }, `${r.population}; ${r.source}`)] },
        { head: "Published", number: true, cell: (r) => `${number(r.value)} ${unit(r.unit)}` },
        { head: "Model", number: true, cell: (r) => [number(r.predicted), r.interval_low === null ? null
          : h("small", { class: "third block nowrap" }, `${number(r.interval_low)} to ${number(r.interval_high)}`)] },
        { head: "Why, if known", cell: (r) => r.reason },
      ], missed, { unseen: true })));
  ratios(figure, answer.rows, store);
}

async function knownLimits(place, api) {
  try {
    const { rows: all } = await api.get("model/limits");
    const heads = [...new Set(all.map((row) => row.heading))];
    put(place, heads.map((title) => [h("h3", { class: "eyebrow" }, title),
      h("ul", { class: "limits-list" }, all.filter((row) => row.heading === title).map((row) => h("li", null, bold(row.text))))]));
  } catch (error) {
    put(place, trouble(error));
  }
}

/** Text with **bold** parts and `commands`. */
const bold = (text) => text.split(/\*\*(.+?)\*\*/).map((part, i) => (i % 2 ? h("b", null, part)
  : part.split(/`(.+?)`/).map((piece, k) => (k % 2 ? h("code", null, piece) : piece))));

function rows(list) {
  if (!list.length) return [["nothing found"]];
  const names = Object.keys(list[0]);
  return [names, ...list.map((row) => names.map((name) => {
    const value = row[name];
    return value !== null && typeof value === "object" ? value.map((v) => v.id ?? v).join(" ") : value;
  }))];
}
