// The one state of the page. The link restores all of it except typed laboratory values.

const DEFAULTS = {
  scenario: { scenario: "treated-late" },
  t: null, // years; null: the moment the server calls the worst
  symptom: "numbness_feet",
  level: "plain",
  theme: "auto",
  plans: [],
  results: {},
  run: null,
  busy: false,
};

export function createStore(initial) {
  let state = { ...initial };
  const listeners = new Set();
  return {
    get: () => state,
    /** Changes some keys; only listeners of a key whose value differs are told. */
    set(patch) {
      const changed = Object.keys(patch).filter((key) => !Object.is(state[key], patch[key]));
      if (!changed.length) return;
      state = { ...state, ...patch };
      for (const item of [...listeners]) {
        if (item.keys.some((key) => changed.includes(key))) item.fn(state, changed);
      }
    },
    /** Calls `fn(state, changed)` when one of `keys` changes; returns how to stop that. */
    subscribe(keys, fn) {
      const item = { keys: [].concat(keys), fn };
      listeners.add(item);
      return () => listeners.delete(item);
    },
  };
}

/** What a link holds, as text for `location.hash`. */
export function toHash(state) {
  const parts = new URLSearchParams();
  const { scenario } = state;
  if (scenario.scenario) parts.set("scenario", scenario.scenario);
  else if (scenario.yaml) parts.set("yaml", scenario.yaml);
  else if (scenario.choices) parts.set("choices", JSON.stringify(scenario.choices));
  if (state.t !== null) parts.set("t", String(Math.round(state.t * 1000) / 1000));
  parts.set("symptom", state.symptom);
  if (state.level !== DEFAULTS.level) parts.set("level", state.level);
  if (state.theme !== DEFAULTS.theme) parts.set("theme", state.theme);
  for (const plan of state.plans) {
    parts.append("plan", typeof plan === "string" ? plan : JSON.stringify(plan));
  }
  return "#" + parts;
}

/** The state that a link describes, as a patch; what it does not say or says wrongly is left out. */
export function fromHash(hash) {
  const text = hash.replace(/^#/, "");
  if (!text.includes("=")) return {};
  const parts = new URLSearchParams(text);
  const patch = {};
  if (parts.has("scenario")) patch.scenario = { scenario: parts.get("scenario") };
  else if (parts.has("yaml")) patch.scenario = { yaml: parts.get("yaml") };
  else if (parts.has("choices")) {
    const choices = json(parts.get("choices"));
    if (choices && typeof choices === "object") patch.scenario = { choices };
  }
  const t = Number.parseFloat(parts.get("t"));
  if (Number.isFinite(t)) patch.t = t;
  const symptom = parts.get("symptom");
  if (symptom && /^[a-z_]{1,64}$/.test(symptom)) patch.symptom = symptom;
  if (["plain", "clinical"].includes(parts.get("level"))) patch.level = parts.get("level");
  if (["auto", "light", "dark"].includes(parts.get("theme"))) patch.theme = parts.get("theme");
  if (parts.has("plan")) {
    patch.plans = parts.getAll("plan").slice(0, 4).map((plan) => json(plan) ?? plan);
  }
  return patch;
}

function json(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

export const store = createStore({ ...DEFAULTS, ...fromHash(location.hash) });

/** Keeps the address in step with the state without filling the history. */
export function keepHash() {
  let timer = 0;
  store.subscribe(["scenario", "t", "symptom", "level", "theme", "plans"], () => {
    clearTimeout(timer);
    timer = setTimeout(() => history.replaceState(null, "", toHash(store.get())), 250);
  });
  addEventListener("hashchange", () => {
    const patch = fromHash(location.hash);
    if (Object.keys(patch).length) store.set({ t: null, ...patch });
  });
}
