// Save and link: every view as PNG, SVG and CSV, the scenario as YAML, a link, and the command.

import { h } from "./dom.js";
import { picture, raster } from "./picture.js";

const views = new Map();

/** A view tells what it can save: functions `csv()` (rows), `command()`, `name()`; all optional. */
export function registerView(id, view) {
  views.set(id, view);
}

export function mount(root, { store, api }) {
  const asked = wanted();
  for (const section of document.querySelectorAll("main section[id]")) {
    if (!section.querySelector(":scope > .save") && !section.hasAttribute("data-unsaved")) {
      section.append(saver(section, store, views.get(section.id) ?? standard(section, store, api)));
    }
  }
  if (asked) bringWhenReady(asked, store);
}

/** What a view of a run saves: the curves it draws, or the findings of the nerve laboratory. */
function standard(section, store, api) {
  const name = () => section.id;
  if (section.id === "nerve") return { csv: () => findings(store.get(), api), command: () => nerve(store.get()), name };
  const chosen = section.id === "measures"
    ? (key, curve) => curve.group === "laboratory" || /^(deficit|axons|myelin)_/.test(key) : () => true;
  return {
    csv: () => store.get().run && courses(store.get().run, chosen),
    command: () => store.get().run?.command ?? "",
    name,
  };
}

async function findings({ scenario, t }, api) {
  const answer = await api.post("nerve", { ...scenario, at: t }, { channel: "save" });
  const healthy = Object.fromEntries(answer.healthy.findings.map((one) => [one.quantity, one.value]));
  const columns = ["quantity", "long_name", "value", "unit", "low", "high", "flag", "grade", "source"];
  return [[...columns, "healthy"], ...answer.examination.findings.map((one) => [
    ...columns.map((key) => one[key]), healthy[one.quantity] ?? null])];
}

function nerve({ run, t }) {
  return run ? run.command.replace("corrin run", "corrin nerve").concat(` --at ${Math.round((t ?? 0) * 100) / 100}y`) : "";
}

/** Curves as rows: one for each time. */
function courses(run, chosen) {
  const names = Object.keys(run.curves).filter((name) => chosen(name, run.curves[name]));
  const heads = names.map((name) => {
    const { unit } = run.curves[name];
    return unit && unit !== "1" ? `${name} [${unit}]` : name;
  });
  return [["year", ...heads],
    ...run.time.map((t, i) => [t, ...names.map((name) => run.curves[name].values[i])])];
}

function saver(section, store, view) {
  const id = `save-${section.id}`;
  const command = () => view.command?.() || store.get().run?.command || "corrin serve";
  const name = () => filename(view.name?.() ?? section.id, store.get());
  const said = h("span", { class: "t13 third", role: "status" });
  const code = h("code", { class: "command", tabindex: 0 });
  const wrap = (work) => async () => {
    said.textContent = "Making it …";
    try {
      said.textContent = await work();
    } catch (error) {
      said.textContent = `That did not work: ${error.message}`;
    }
  };
  const drawn = async () => picture(section, { note: note(store.get()) });
  const csv = wrap(async () => {
    const rows = await view.csv();
    if (!rows) return "Nothing to save yet.";
    give(`${name()}.csv`, "text/csv", text(rows, store.get()));
    return "Saved as CSV.";
  });
  const actions = [
    ["PNG", wrap(async () => {
      give(`${name()}.png`, "image/png", await raster(await drawn()));
      return "Saved as PNG.";
    })],
    ["SVG", wrap(async () => {
      give(`${name()}.svg`, "image/svg+xml", (await drawn()).text);
      return "Saved as SVG.";
    })],
    ...(view.csv ? [["CSV", csv]] : []),
    ["Scenario YAML", wrap(async () => {
      const yaml = store.get().run?.yaml;
      if (!yaml) return "No scenario has been run yet.";
      give("scenario.yaml", "application/yaml", yaml);
      return "Saved as scenario.yaml.";
    })],
    ["Copy link", wrap(async () => {
      await copy(link(section, view.link?.()));
      return "Link copied: it restores this view, without laboratory values.";
    })],
  ];
  const panel = h("div", { class: "save-panel", id, hidden: true },
    h("div", { class: "save-actions", role: "group", "aria-label": `Save ${title(section)}` },
      actions.map(([label, work]) => h("button", { type: "button", class: "button small", onclick: work }, label)), said),
    h("div", { class: "save-command" }, h("span", { class: "t12 third" }, "The command for this"), code,
      h("button", { type: "button", class: "button small", onclick: wrap(async () => {
        await copy(code.textContent);
        return "Command copied.";
      }) }, "Copy command")));
  const called = h("span", { class: "unseen" }, `: ${title(section)}`);
  const toggle = h("button", {
    type: "button", class: "save-toggle", "aria-expanded": "false", "aria-controls": id,
    onclick: () => {
      panel.hidden = !panel.hidden;
      toggle.setAttribute("aria-expanded", String(!panel.hidden));
      if (!panel.hidden) code.textContent = command();
    },
  }, "Save or link", called);
  store.subscribe(["run", "t", "symptom", "plans", "results", "level"], () => {
    if (!panel.hidden) code.textContent = command();
    queueMicrotask(() => {
      const now = `: ${title(section)}`;
      if (called.textContent !== now) called.textContent = now;
    });
  });
  panel.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    toggle.click();
    toggle.focus();
  });
  return h("div", { class: "save", "data-unsaved": true }, toggle, panel);
}

const title = (section) => section.querySelector("h1, h2")?.textContent ?? section.id;

/** The address of this state with this view in front; the page keeps the state in the hash. */
export function link(section, more = {}) {
  const address = new URL(location.href);
  const parts = new URLSearchParams(address.hash.slice(1));
  parts.set("view", section.id);
  for (const [key, value] of Object.entries(more)) if (value) parts.set(key, value);
  address.hash = parts.toString();
  address.searchParams.delete("token"); // a secret has no place in what one passes on
  return address.href;
}

/** The view that the link of this page names. */
function wanted() {
  const id = new URLSearchParams(location.hash.slice(1)).get("view") ?? "";
  return /^[a-z-]{1,40}$/.test(id) ? document.getElementById(id) : null;
}

/** Bring a view in front once there are curves, unless the reader has moved by then. */
function bringWhenReady(section, store) {
  let moved = false;
  const note = () => {
    moved = true;
  };
  for (const kind of ["wheel", "touchstart", "keydown", "pointerdown"]) addEventListener(kind, note, { once: true });
  const bring = () => !moved && section.scrollIntoView({ behavior: "instant", block: "start" });
  const stop = store.subscribe(["run"], () => {
    stop();
    requestAnimationFrame(() => {
      bring();
      setTimeout(bring, 600); // what stands above may have grown since
    });
  });
}

function filename(view, { run, t }) {
  const parts = ["corrin", view, run?.title ?? "", t === null || t === undefined ? "" : `year-${t.toFixed(1)}`];
  return parts.filter(Boolean).join("-").toLowerCase().replace(/[^a-z0-9.]+/g, "-").replace(/^-|-$/g, "")
    .slice(0, 100);
}

function note({ run, t }) {
  const version = run?.manifest?.corrin;
  return [version ? `corrin ${version}` : "corrin", run?.title, t === null ? "" : `year ${(t ?? 0).toFixed(1)}`,
    "research and teaching; not a medical device"].filter(Boolean).join(" · ");
}

/** Rows as CSV; what a user wrote can start no formula. */
export function text(rows, state) {
  const cell = (value) => {
    if (value === null || value === undefined) return "";
    if (typeof value === "number") return Number.isFinite(value) ? String(value) : "";
    const plain = /^[=+@\t\r]|^-(?![\d.])/.test(value) ? `'${value}` : String(value);
    return /[",\n\r]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
  };
  const first = `# ${note(state)}`.replace(/[\r\n]/g, " ");
  return `${[first, ...rows.map((row) => row.map(cell).join(","))].join("\n")}\n`;
}

async function copy(words) {
  try {
    await navigator.clipboard.writeText(words);
  } catch {
    // Without leave for the clipboard (plain http): the old way.
    const field = h("textarea", { class: "unseen", "aria-hidden": "true" });
    field.value = words;
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    if (!done) throw new Error("the browser gives no leave to copy");
  }
}

function give(name, type, content) {
  const blob = content instanceof Blob ? content : new Blob([content], { type });
  const address = URL.createObjectURL(blob);
  const anchor = h("a", { href: address, download: name });
  document.body.append(anchor);
  anchor.click();
  anchor.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
