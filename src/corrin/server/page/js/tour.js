// A tour of a minute for those who are here for the first time. It never blocks the page: it waits
// to be asked, moves no focus until it is, and leaves with Escape. Only "seen" is remembered.

import { h, put, still } from "./dom.js";

const KEY = "corrin-tour";

const STEPS = [
  ["hero", "Start with a person", "Pick who it is and what goes wrong, or one of the ready scenarios. "
    + "The sentence tells what happens to this simulated person at the chosen time."],
  ["timeline", "Move through the years", "Drag the time, press play, or use the arrow keys. "
    + "Everything on the page follows that one time."],
  ["figure", "Follow the chain", "Food enters on the left and ends on the body. An empty pipe is flow in "
    + "health, a filled one is flow now. Orange means harm, and nothing else."],
  ["measures", "See what the blood shows", "The shaded band is the reference range. "
    + "Striped nerve loss can mend; solid loss is permanent."],
  ["why", "Ask why", "Choose a symptom. Each mechanism is cut in the model to see how much of the symptom it makes; "
    + "every share comes with its range and what it rests on."],
  ["treatment", "Try treatments", "Set up to four plans side by side, and see the last time at which each still "
    + "prevents lasting harm in this model."],
  ["results", "Bring results", "Type laboratory values or drop a file. They are kept nowhere. "
    + "This page is for research and teaching; it gives no diagnosis."],
];

export function mount() {
  const places = STEPS.filter(([id]) => document.getElementById(id));
  const card = h("aside", { class: "tour no-print", "aria-label": "Guided tour", "data-unsaved": true, hidden: true });
  document.body.append(card);
  let at = -1;
  let back = null;

  const show = (...content) => {
    put(card, content);
    card.hidden = false;
  };

  function offer() {
    show(h("p", { class: "t13" }, h("b", null, "First time here? "), "A tour of one minute shows how to read this page."),
      h("div", { class: "tour-do" },
        h("button", { type: "button", class: "button primary small", onclick: () => start() }, "Take the tour"),
        h("button", { type: "button", class: "button small", onclick: close }, "Not now")));
  }

  function start() {
    back = card.contains(document.activeElement) ? null : document.activeElement;
    step(0);
  }

  function step(next) {
    mark(false);
    at = next;
    const [id, heading, words] = places[at];
    const last = at === places.length - 1;
    const title = h("h2", { class: "tour-title", tabindex: -1 }, heading);
    show(h("p", { class: "t12 third" }, `${at + 1} of ${places.length}`), title, h("p", { class: "t13 second" }, words),
      h("div", { class: "tour-do" },
        at > 0 ? h("button", { type: "button", class: "button small", onclick: () => step(at - 1) }, "Back") : null,
        h("button", { type: "button", class: "button primary small", onclick: () => (last ? close() : step(at + 1)) },
          last ? "Done" : "Next"),
        last ? null : h("button", { type: "button", class: "button small", onclick: close }, "End the tour")));
    mark(true);
    document.getElementById(id).scrollIntoView({ behavior: still() ? "instant" : "smooth", block: "start" });
    title.focus({ preventScroll: true });
  }

  function mark(on) {
    if (at >= 0) document.getElementById(places[at][0])?.classList.toggle("tour-here", on);
  }

  function close() {
    mark(false);
    const inside = card.contains(document.activeElement);
    const here = at >= 0 ? document.getElementById(places[at][0]) : null;
    at = -1;
    card.hidden = true;
    remember();
    if (!inside) return;
    if (back?.isConnected) back.focus();
    else (here?.querySelector("button, a, input, select") ?? document.getElementById("tour-start"))?.focus({ preventScroll: true });
  }

  card.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    else if (at >= 0 && event.key === "ArrowRight" && at < places.length - 1) step(at + 1);
    else if (at > 0 && event.key === "ArrowLeft") step(at - 1);
    else return;
    event.stopPropagation();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !card.hidden && !event.defaultPrevented) close();
  });

  document.getElementById("tour-start")?.addEventListener("click", start);
  if (places.length && !seen()) offer();
}

function seen() {
  try {
    return localStorage.getItem(KEY) !== null;
  } catch {
    return true; // a browser that keeps nothing would offer it for ever
  }
}

function remember() {
  try {
    localStorage.setItem(KEY, "seen");
  } catch {
    // nothing is remembered then
  }
}
