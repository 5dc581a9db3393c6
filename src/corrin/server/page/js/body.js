// The drawn body, shared with the printed report, coloured by the grade of each symptom.

import { s } from "./dom.js";
import { level } from "./words.js";

/** Symptom: class of its parts in the drawing, and where its line from the words ends. */
export const REGIONS = {
  cognition: ["cognition", [88, 26]],
  mood: ["mood", [101, 34]],
  vision: ["vision", [92, 53]],
  balance: ["balance", [105, 200]],
  numbness_hands: ["hands", [9, 318]],
  leg_weakness: ["legs", [70, 350]],
  numbness_feet: ["feet", [73, 538]],
};
export const SIZE = [216, 576];

let drawing = null;

/** The nodes of the drawing, each caller its own copy with ids that start with `id`. */
async function parts(id) {
  drawing ??= fetch("body.svg").then((answer) => {
    if (!answer.ok) throw new Error(`body.svg: ${answer.status}`);
    return answer.text();
  });
  const source = (await drawing).replaceAll("$id", id);
  const parsed = new DOMParser().parseFromString(source, "image/svg+xml");
  return [...document.importNode(parsed.documentElement, true).childNodes];
}

/** A group with the body; `paint(grades)` colours it, `on(symptom => …)` tells what is pointed at. */
export function body(id, { enter, leave, pick }) {
  const group = s("g", { class: "body" });
  parts(id).then(
    (nodes) => {
      group.append(...nodes);
      for (const [symptom, [name]] of Object.entries(REGIONS)) {
        for (const part of group.querySelectorAll(`g.${name}, path.${name}, ellipse.${name}`)) {
          part.addEventListener("pointerenter", () => enter(symptom, part));
          part.addEventListener("pointerleave", leave);
          part.addEventListener("click", () => pick(symptom));
        }
      }
      const rects = [...group.querySelectorAll("g[clip-path] rect")];
      const felt = (rect) => (rect.getAttribute("fill").includes("glove") ? "numbness_hands" : "numbness_feet");
      for (const rect of rects) {
        rect.addEventListener("pointerenter", () => enter(felt(rect), rect));
        rect.addEventListener("pointerleave", leave);
        rect.addEventListener("click", () => pick(felt(rect)));
      }
    },
    (error) => console.warn(error.message),
  );
  const shown = {};
  return {
    group,
    paint(grades) {
      for (const [symptom, [name]] of Object.entries(REGIONS)) {
        const step = level(grades[symptom]);
        if (shown[symptom] === step) continue;
        shown[symptom] = step;
        group.style.setProperty(`--at-${name}`, `var(--sev${step})`);
      }
    },
  };
}
