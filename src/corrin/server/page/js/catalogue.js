// What can be chosen and how the model names its edges: asked for once.

import { get } from "./api.js";

let asked = null;

/** The answer of /api/choices. */
export function choices() {
  asked ??= get("choices").catch((error) => {
    asked = null;
    throw error;
  });
  return asked;
}

let shipped = null;

/** The shipped scenarios. */
export function scenarios() {
  shipped ??= get("scenarios").then(
    (answer) => answer.scenarios,
    (error) => {
      shipped = null;
      throw error;
    },
  );
  return shipped;
}
