// What stands around the views: wording, colours of light and dark, footer, announcements.

import { h, put, text } from "./dom.js";
import { spoken } from "./story.js";

export function mountSettings(store) {
  const group = document.getElementById("level");
  const options = ["plain", "clinical"].map((value) =>
    h("button", { type: "button", role: "radio", class: "switch-option", "data-value": value,
      onclick: () => store.set({ level: value }) }, value === "plain" ? "Plain" : "Clinical"));
  put(group, options);
  group.addEventListener("keydown", (event) => {
    if (!["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"].includes(event.key)) return;
    event.preventDefault();
    store.set({ level: store.get().level === "plain" ? "clinical" : "plain" });
    options.find((one) => one.dataset.value === store.get().level).focus();
  });
  const showLevel = () => {
    for (const one of options) {
      const on = one.dataset.value === store.get().level;
      one.setAttribute("aria-checked", on);
      one.tabIndex = on ? 0 : -1;
    }
  };
  store.subscribe("level", showLevel);
  showLevel();

  const button = document.getElementById("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const dark = () => {
    const { theme } = store.get();
    return theme === "auto" ? system.matches : theme === "dark";
  };
  const showTheme = () => {
    document.documentElement.dataset.theme = dark() ? "dark" : "light";
    text(button, dark() ? "Light" : "Dark");
    button.setAttribute("aria-label", dark() ? "Use light colours" : "Use dark colours");
  };
  button.addEventListener("click", () => store.set({ theme: dark() ? "light" : "dark" }));
  system.addEventListener("change", showTheme);
  store.subscribe("theme", showTheme);
  showTheme();

  announce(store);
  keepPlace();
}

/** Tells a screen reader the new sentence when a time has been left alone for a moment. */
function announce(store) {
  const place = document.getElementById("said");
  let timer = 0;
  store.subscribe(["run", "level"], () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const { run, t, level } = store.get();
      if (run) text(place, spoken(run, t, level));
    }, 700);
  });
}

/** Links inside the page move without touching the address, which holds the state. */
function keepPlace() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.('a[href^="#"]');
    if (!link) return;
    const target = document.getElementById(link.getAttribute("href").slice(1));
    if (!target) return;
    event.preventDefault();
    target.scrollIntoView();
    target.focus({ preventScroll: true });
  });
}

/** Command, purpose and what the model does not know. */
export function mountFooter(store) {
  const command = document.getElementById("command");
  const copy = document.getElementById("copy-command");
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(command.textContent);
      text(copy, "Copied");
    } catch {
      getSelection().selectAllChildren(command);
      text(copy, "Selected: press Ctrl+C");
    }
    setTimeout(() => text(copy, "Copy"), 2000);
  });
  store.subscribe(["run", "t", "symptom"], ({ run, t, symptom }) => {
    if (!run) return;
    const at = (Math.round(t * 100) / 100).toString();
    text(command, `${run.command}\n${why(run.command, symptom, at)}`);
  });
  store.subscribe("run", ({ run }) => {
    if (!run) return;
    text(document.getElementById("purpose"), `${run.manifest.use} The curves are one average ` +
      "person of that age, sex and size in one fitted model. Everything is computed on this " +
      "machine; nothing is stored or sent elsewhere.");
    put(document.getElementById("limits"), run.assumptions.map((one) => h("li", one)));
  });
}

const why = (command, symptom, at) =>
  `${command.replace(/^corrin run/, `corrin why ${symptom}`)} --at "${at} y"`;
