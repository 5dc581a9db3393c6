// Puts the page together: state to server, server to views.

import * as api from "./api.js";
import { put, text } from "./dom.js";
import { mount as mountDownload } from "./download.js";
import { mount as mountFigure } from "./figure.js";
import { mount as mountLabs } from "./labs.js";
import { mount as mountModel } from "./model.js";
import { mount as mountNerve } from "./nerve.js";
import { mount as mountPerson } from "./person.js";
import { mount as mountResults } from "./results.js";
import { mountFooter, mountSettings } from "./shell.js";
import { keepHash, store } from "./state.js";
import { mount as mountStory } from "./story.js";
import { mount as mountTimeline } from "./timeline.js";
import { mount as mountTour } from "./tour.js";
import { mount as mountTracts } from "./tracts.js";
import { mount as mountTreatment } from "./treatment.js";
import { mount as mountWhy } from "./why.js";

const VIEWS = {
  hero: mountStory,
  picker: mountPerson,
  timeline: mountTimeline,
  figure: mountFigure,
  labs: mountLabs,
  tracts: mountTracts,
  nerve: mountNerve,
  why: mountWhy,
  treatment: mountTreatment,
  results: mountResults,
  model: mountModel,
};

/** Asks for the curves of the chosen scenario; the last ones stay until new ones are there. */
async function run() {
  const { scenario } = store.get();
  store.set({ busy: true });
  try {
    const answer = await api.post("run", scenario);
    const last = answer.time.at(-1);
    const { t } = store.get();
    const at = t === null ? (answer.t0 ?? last) : t;
    store.set({ run: answer, t: Math.min(last, Math.max(answer.time[0], at)), busy: false });
    performance.mark("corrin-run");
    tell("");
  } catch (error) {
    if (api.superseded(error)) return;
    store.set({ busy: false });
    tell([error.message, error.hint].filter(Boolean).join(" "));
  }
}

function tell(message) {
  const place = document.getElementById("problem");
  if (!place) return;
  place.hidden = !message;
  text(place, message);
}

function mountAll() {
  mountSettings(store);
  const context = { store, api };
  for (const [id, mount] of Object.entries(VIEWS)) {
    const section = document.getElementById(id);
    try {
      mount(section, context);
    } catch (error) {
      // One broken view must not take the others with it.
      console.error(`view ${id}:`, error);
      put(section, "This part of the page could not be shown.");
    }
  }
  mountFooter(store);
  mountDownload(document.body, context);
  mountTour(document.body, context);
}

mountAll();
store.subscribe("scenario", run);
keepHash();
run();
const asked = location.hash.slice(1);
if (asked && !asked.includes("=")) document.getElementById(asked)?.scrollIntoView();
