// The sentence of the phase, its reason, and what was chosen.

import { h, onWidth, put, text } from "./dom.js";
import { phase } from "./moment.js";
import { capital, timeText } from "./words.js";
import { openPicker } from "./person.js";

/** Longest heading; of a longer sentence the part before the semicolon is the heading. */
const HEADING = 90;

/** Splits what a phase says into the sentence for the heading and what follows. */
export function split(told) {
  const end = told.search(/\.\s/);
  const [first, rest] = end < 0 ? [told, ""] : [told.slice(0, end + 1), told.slice(end + 2)];
  const half = first.length > HEADING ? first.indexOf("; ") : -1;
  if (half < 0) return [first, rest];
  return [`${first.slice(0, half)}.`, `${capital(first.slice(half + 2))} ${rest}`.trim()];
}

/** What a screen reader hears while the slider moves. */
export function spoken(run, t, level) {
  const now = phase(run, t);
  return `${capital(timeText(t, run.clock))}. ${split(now[`sentence_${level}`])[0]}`;
}

export function mount(section, { store }) {
  const eyebrow = h("p", { class: "t13 eyebrow" });
  const sentence = h("h1", { class: "t42", id: "sentence" });
  const rest = h("p", { class: "t17 second rest" }, "Computing the first curves.");
  const reason = h("p", { class: "t15 second reason" });
  const problem = h("p", { class: "message", id: "problem", role: "alert", hidden: true });
  const rows = h("div", { class: "chosen", role: "group", "aria-label": "What is simulated" });
  const told = h("div", { class: "c8 told" }, eyebrow, sentence, rest, reason);
  put(
    section,
    told,
    h("div", { class: "c4 who" }, rows, problem),
  );

  const say = ({ run, t, level }) => {
    if (!run) return;
    const now = phase(run, t);
    const [first, more] = split(now[`sentence_${level}`]);
    text(sentence, first);
    sentence.classList.toggle("long", first.length > 66);
    text(rest, more);
    text(reason, now[`reason_${level}`]);
  };
  store.subscribe("t", say);
  store.subscribe("run", ({ run }) => {
    text(eyebrow, `A simulated ${who(run.person)}: ${run.title}`);
    document.title = `${run.title}: corrin`;
    put(rows, summary(run).map(([name, value, part]) => row(name, value, part)));
  });
  // As tall as its tallest phase, so that the page below never jumps.
  const steady = () => {
    const { run, level, t } = store.get();
    if (!run) return;
    told.style.minHeight = "";
    let most = 0;
    for (const { from } of run.story) {
      say({ run, level, t: from });
      most = Math.max(most, told.offsetHeight);
    }
    told.style.minHeight = `${most}px`;
    say({ run, level, t });
  };
  store.subscribe(["run", "level"], steady);
  onWidth(section, steady);
  store.subscribe("busy", ({ busy }) => section.setAttribute("aria-busy", busy));
}

/** "woman of 58", or the symptom-free words where sex is not said. */
export function who({ age, sex }) {
  return `${sex === "female" ? "woman" : "man"} of ${Math.floor(age)}`;
}

function row(name, value, part) {
  return h("button", { type: "button", class: "chosen-row", "aria-haspopup": "dialog",
    onclick: (event) => openPicker(part, event.currentTarget) },
    h("span", { class: "t13 third" }, name),
    h("span", { class: "t13 value" }, value),
    h("span", { class: "third", "aria-hidden": "true" }, "›"));
}

/** Person, diet, causes and treatment in a line each. */
function summary(run) {
  const of = (kind) => run.timeline.filter((one) => one.kind === kind);
  const when = (one) => (one.from > 0 ? `, ${timeText(one.from, run.clock)}` : "");
  const lines = (kind) => of(kind).map((one) => capital(one.text) + when(one)).join("; ");
  return [
    ["Person", capital(who(run.person)), "person"],
    ["Diet", lines("diet") || "Omnivore", "diet"],
    ["Cause", lines("cause") || "None", "causes"],
    ["Treatment", lines("treat") || "None", "treatment"],
  ];
}
