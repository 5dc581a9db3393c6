// The figure that carries the page: flows from food to feeling, ending on the body.

import { body, REGIONS, SIZE } from "./body.js";
import { choices } from "./catalogue.js";
import { attr, h, inSight, onWidth, put, s, text } from "./dom.js";
import { EDGES, FELT, strength, width as widthOf } from "./edges.js";
import { moment, pick } from "./moment.js";
import { NODES, ROOTS } from "./nodes.js";
import { tall } from "./plan-tall.js";
import { wide } from "./plan-wide.js";
import { hideTip, showTip } from "./tip.js";
import { felt } from "./timeline.js";
import { capital, gradeText, GRADES, level, listing, percent } from "./words.js";

/** Narrower than this, words of the wide figure would fall under 12 pixels. */
const WIDE = 1200;

export function mount(section, { store }) {
  const lead = h("p", { class: "lead t15" });
  const stage = h("div", { class: "stage" });
  put(section,
    h("div", { class: "head" }, h("h2", { id: "figure-title" }, "From food to feeling"), lead),
    stage, legend());
  let view = null;
  let model = null;

  const update = inSight(stage, () => {
    const { run, t, level: words, symptom } = store.get();
    if (!run || !view) return;
    const when = moment(run, t);
    const roots = rootsOf(run, t, when);
    text(lead, leadOf(roots));
    view.update({ run, t, when, words, symptom, roots, model });
  });
  onWidth(stage, (width) => {
    view = build(stage, width, store);
    update();
  });
  choices().then((answer) => {
    model = answer;
    update();
  }, () => {});
  store.subscribe(["t", "run", "level", "symptom"], update);
  let calm = 0;
  store.subscribe("t", () => {
    // While time moves the flows themselves show it; sparks rest and leave the frame to them.
    if (!calm) stage.classList.add("sliding");
    clearTimeout(calm);
    calm = setTimeout(() => {
      calm = 0;
      stage.classList.remove("sliding");
    }, 300);
  });

  // Sparks move only while someone can see them.
  new IntersectionObserver(([entry]) => stage.classList.toggle("moving", entry.isIntersecting))
    .observe(stage);
}

/** Where diets and causes cut the chain at `t`: node, edges and what happens there. */
function rootsOf(run, t, when) {
  return run.roots
    .filter((one) => one.from <= t && t <= one.to && ROOTS[one.edge])
    .map((one) => {
      const [node, ...edges] = ROOTS[one.edge];
      return { node, edges: edges.filter(Boolean), words: one.words, by: one.by, flow: one.edge };
    })
    // What flows as in health is not cut, whatever was eaten or taken before or is made up for.
    .filter((one) => !WHOLE.has(one.flow) || pick(run.flows[one.flow], when) < 0.98);
}

/** Flows whose root can be over while its diet or cause is still on the list. */
const WHOLE = new Set(["food", "stomach"]);

function leadOf(roots) {
  if (!roots.length) return "No link is cut at this time. Full pipes carry what they carry in health.";
  const words = capital(listing([...new Set(roots.map((one) => one.words))].slice(0, 4)));
  const cut = roots.some((one) => one.edges.length);
  return `${words}. ${cut ? "Follow the empty pipes from the cross." : "No pipe is cut; follow what piles up."}`;
}

function legend() {
  const item = (key, words) => h("span", { class: "legend-item" }, h("i", { class: `key ${key}` }), words);
  return h("div", { class: "legend t13 second" },
    item("empty", "flow in health"), item("filled", "flow now"), item("cut", "cut link"),
    item("pile", "piles up or harms"),
    h("span", { class: "legend-item grades" }, "symptom",
      GRADES.map((word, i) => h("span", { class: "legend-item" }, h("i", { class: `key sev sev-${i}` }), word))));
}

/** Draws the figure for a width and returns how to bring it to a moment. */
function build(stage, width, store) {
  const broad = width >= WIDE;
  const beside = !broad && width >= 700; // tablet: body beside the pathway
  const plan = broad ? wide() : tall(beside ? width - 330 : width);
  const parts = [];
  const make = pathway(plan, store);
  const map = bodymap(plan, store, broad ? plan.body : null, beside ? 300 : Math.min(width, 420));
  stage.classList.toggle("beside", beside);
  if (broad) {
    parts.push(s("svg", { class: "figure", viewBox: `0 0 ${plan.width} ${plan.height}`, width: "100%",
      role: "group", "aria-label": "Pathway from food to the body" }, make.parts, map.parts));
  } else {
    parts.push(
      s("svg", { class: "figure body-figure", width: map.size[0], height: map.size[1],
        viewBox: `0 0 ${map.size[0]} ${map.size[1]}`, role: "group", "aria-label": "Body map" }, map.parts),
      h("div", { class: "tall" }, h("h3", { class: "t13" }, "How it got there"),
        s("svg", { class: "figure", width: plan.width, height: plan.height, role: "group",
          viewBox: `0 0 ${plan.width} ${plan.height}`, "aria-label": "Pathway from food to the body" },
          make.parts)));
  }
  put(stage, parts);
  return {
    update(state) {
      make.update(state);
      map.update(state);
    },
  };
}

/** Pipes, nodes and links to symptoms. */
function pathway(plan, store) {
  const edges = {};
  const under = s("g", {});
  const over = s("g", {});
  const sparks = s("g", { class: "sparks" });
  for (const [id, edge] of Object.entries(EDGES)) {
    const shape = plan.edges[id];
    if (!shape) continue;
    if (edge.kind === "pipe" || edge.kind === "supply") {
      under.append(s("path", { class: "pipe", d: shape.d, "stroke-width": edge.max }));
    }
    const fill = s("path", { class: `flow m-${edge.m}`, d: shape.d, "data-edge": edge.name });
    over.append(fill);
    const spark = edge.kind === "pipe" || edge.kind === "pile"
      ? sparks.appendChild(s("path", { class: "spark", d: shape.d })) : null;
    edges[id] = { edge, fill, spark };
  }
  const fibre = s("path", { class: "flow fibre", d: plan.edges.myelin_axons.d });
  over.append(fibre);
  const links = FELT.map(([from, to, names]) => {
    const path = s("path", { class: "felt", d: plan.felt(from, to) });
    over.append(path);
    return { to, names, path };
  });
  const marks = s("g", {});
  const nodes = Object.fromEntries(Object.keys(NODES).map((id) => [id, nodeOf(id, plan.nodes[id])]));
  const group = s("g", { role: "toolbar", "aria-label": "Links of the chain; move with the arrow keys" },
    Object.values(nodes).map((one) => one.group));
  rove(Object.values(nodes).map((one) => one.group));
  const chips = plan.chips ? chipsOf(plan, store) : null;
  let seen = null;
  for (const [id, one] of Object.entries(nodes)) {
    const tell = () => seen && showTip(one.group, nodeTip(id, seen), plan.dock && corner(one.group));
    one.group.addEventListener("pointerenter", tell);
    one.group.addEventListener("focus", tell);
    one.group.addEventListener("click", tell);
    one.group.addEventListener("pointerleave", hideTip);
    one.group.addEventListener("blur", hideTip);
  }

  const update = (state) => {
    seen = state;
    const { run, t, when, words, roots } = state;
    const cut = new Set(roots.flatMap((one) => one.edges));
    const root = new Set(roots.map((one) => one.node));
    for (const [id, { edge, fill, spark }] of Object.entries(edges)) {
      const wide = widthOf(edge, edge.flow(run, when));
      attr(fill, "stroke-width", wide.toFixed(1));
      fill.classList.toggle("cut", cut.has(id));
      if (spark) {
        attr(spark, "stroke-width", Math.min(3, wide * 0.3).toFixed(1));
        attr(spark, "visibility", wide > 3 ? "visible" : "hidden");
      }
    }
    const key = [...cut].filter(Boolean).sort().join();
    if (marks.dataset.key !== key) {
      marks.dataset.key = key;
      put(marks, [...cut].filter((id) => plan.edges[id]).map((id) => cross(plan.edges[id].mark)));
    }
    const axons = pick(run.curves.axons_dorsal_columns.values, when);
    const myelin = pick(run.curves.myelin_dorsal_columns.values, when);
    attr(fibre, "stroke-width", (1 + 9 * (1 - Math.min(axons, myelin))).toFixed(1));
    for (const [id, one] of Object.entries(nodes)) {
      const { text: value, harm, off } = NODES[id].value(run, when, t);
      text(one.name, NODES[id][words]);
      text(one.value, value);
      const state = `node${harm ? " harmed" : ""}${root.has(id) ? " root" : ""}${off ? " off" : ""}`;
      attr(one.group, "class", state);
      attr(one.group, "aria-label", `${NODES[id][words]}: ${value}${root.has(id) ? ", cut here" : ""}`);
    }
    for (const { to, names, path } of links) {
      const symptom = run.symptoms.find((one) => one.name === to);
      const grade = pick(run.curves[symptom.severity].values, when);
      const strong = strength(run, names, when);
      attr(path, "stroke-width", grade < 0.05 || strong < 0.02 ? "0" : (1 + 5 * strong).toFixed(1));
      attr(path, "class", `felt at-${Math.max(1, level(grade))}`);
    }
    chips?.update(state);
  };
  const boxes = (plan.boxes ?? []).map((box) => [
    s("rect", { class: `box${box.inner ? " inner" : ""}`, x: box.x, y: box.y, width: box.w, height: box.h, rx: box.r }),
    s("text", { class: "box-words", x: box.at[0], y: box.at[1], "text-anchor": box.anchor ?? "start" }, box.words),
  ]);
  const heads = (plan.heads ?? []).map(([x, words]) =>
    s("text", { class: "figure-head", x, y: 14, "text-anchor": "middle" }, words));
  return { parts: [boxes, heads, under, over, sparks, marks, group, chips?.group], update };
}

function nodeOf(id, { x, y, w, h: high }) {
  const name = s("text", { class: "node-name", y: -4, "text-anchor": "middle" });
  const value = s("text", { class: "node-value", y: 13, "text-anchor": "middle" });
  const group = s("g", { class: "node", transform: `translate(${x} ${y})`, role: "button", "data-node": id },
    s("rect", { class: "node-box", x: -w / 2, y: -high / 2, width: w, height: high, rx: 7 }),
    s("path", { class: "node-flag", d: `M${-w / 2 + 1} ${-high / 2 + 6}V${high / 2 - 6}` }),
    name, value);
  return { group, name, value };
}

const cross = ([x, y]) => s("g", { class: "cross", transform: `translate(${x} ${y})` },
  s("circle", { r: 9 }), s("path", { d: "M-4 -4L4 4M4 -4L-4 4" }));

/** The empty lower left of the wide figure, where a tip covers nothing. */
function corner(group) {
  const { left, bottom, width } = group.ownerSVGElement.getBoundingClientRect();
  return { left, bottom, width: width * 0.32 };
}

/** How the model's evidence tables know a fact, in words. */
const GRADED = {
  seen: "read in its source", secondary: "from a review", derived: "derived", memory: "from memory, unchecked",
};

/** What a node is, what it does and what is known of its edges. */
function nodeTip(id, { run, t, when, words, roots, model }) {
  const node = NODES[id];
  const known = [...(model?.pathway.edges ?? []), ...(model?.pathway.flows ?? [])];
  const lines = node.flows.flatMap((name) => {
    const edge = known.find((one) => one.name === name);
    const graded = known.find((one) => one.name === name && one.grade);
    if (!edge) return [];
    const kind = (model.pathway.flows.find((one) => one.name === name) ?? edge).kind;
    const value = pick(run.flows[name], when);
    const shown = kind === "loss" || kind === "complement" ? `${percent(value)} injury` : `${percent(value)} of health`;
    return [`${capital(edge.words)}: ${shown}${graded ? `; evidence ${GRADED[graded.grade] ?? graded.grade}` : ""}.`];
  });
  const cut = roots.find((one) => one.node === id);
  return {
    title: `${node[words]}: ${node.value(run, when, t).text}`,
    lines: [cut && `Cut here: ${cut.words} (${cut.by}).`, node.about, ...lines].filter(Boolean),
  };
}

/** What a symptom is, how bad and how likely. */
function symptomTip(run, name, t) {
  const symptom = run.symptoms.find((one) => one.name === name);
  const { grade, chance } = felt(run, symptom, t);
  return {
    title: symptom.title,
    lines: [`${capital(gradeText(grade))}.`, `Chance of reporting it: ${percent(chance)}.`,
      "Select to ask why."],
  };
}

function ask(store, name) {
  store.set({ symptom: name });
  hideTip();
  const why = document.getElementById("why");
  why?.scrollIntoView();
  why?.focus({ preventScroll: true });
}

function symptomButton(store, name, ...children) {
  const group = s("g", { class: "symptom", role: "button", tabindex: 0, "data-symptom": name }, children);
  const tell = () => {
    const { run, t } = store.get();
    if (run) showTip(group, symptomTip(run, name, t));
  };
  group.addEventListener("pointerenter", tell);
  group.addEventListener("focus", tell);
  group.addEventListener("pointerleave", hideTip);
  group.addEventListener("blur", hideTip);
  group.addEventListener("click", () => ask(store, name));
  group.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    ask(store, name);
  });
  return group;
}

/** The body with words beside it; inside the wide figure, or a drawing of its own. */
function bodymap(plan, store, place, width) {
  const narrow = !place;
  const scale = narrow ? 0.82 : place.scale;
  const at = narrow ? { x: width - SIZE[0] * scale - 2, y: 4 } : place;
  const size = [width, SIZE[1] * scale + 8];
  const rows = narrow
    ? Object.fromEntries(Object.keys(REGIONS).map((name, i) =>
        [name, { x: 2, y: [36, 96, 156, 226, 292, 360, 440][i] }]))
    : plan.labels;
  const enter = (name, part) => {
    const { run, t } = store.get();
    if (run) showTip(part, symptomTip(run, name, t));
  };
  const figure = body(narrow ? "body-narrow" : "body", { enter, leave: hideTip, pick: (name) => ask(store, name) });
  attr(figure.group, "transform", `translate(${at.x} ${at.y}) scale(${scale})`);
  attr(figure.group, "aria-hidden", "true");
  const labels = Object.entries(rows).map(([name, { x, y }]) => {
    const word = s("text", { class: "symptom-name", x: x + 9, y: y - 3 });
    const said = s("text", { class: "symptom-said", x: x + 9, y: y + 14 });
    const bar = s("rect", { class: "symptom-bar", x: x - 2, y: y - 18, width: 5, height: 37, rx: 2.5 });
    const hit = s("rect", { class: "hit", x: x - 8, y: y - 23, width: 104, height: 46, rx: 6 });
    const [tx, ty] = REGIONS[name][1];
    const end = [at.x + tx * scale, at.y + ty * scale];
    const from = x + (narrow ? 104 : 90);
    const line = s("path", { class: "leader", d: end[0] > from + 6
      ? `M${from} ${y}H${Math.min(from + 8, end[0] - 4)}L${end[0].toFixed(1)} ${end[1].toFixed(1)}` : "" });
    const dot = s("circle", { class: "leader-end", cx: end[0], cy: end[1], r: 2 });
    const button = symptomButton(store, name, hit, bar, word, said);
    return { name, word, said, bar, button, line, dot };
  });
  const group = s("g", { role: "group", "aria-label": "What is felt" }, labels.map((one) => one.button));
  return {
    size,
    parts: [figure.group, labels.map((one) => [one.line, one.dot]), group],
    update({ run, t, symptom }) {
      const grades = {};
      for (const one of labels) {
        const known = run.symptoms.find((item) => item.name === one.name);
        const { grade, chance } = felt(run, known, t);
        grades[one.name] = grade;
        text(one.word, known.word);
        text(one.said, `${percent(chance)}, ${GRADES[level(grade)]}`);
        attr(one.bar, "class", `symptom-bar at-${level(grade)}`);
        attr(one.button, "class", `symptom${one.name === symptom ? " asked" : ""}`);
        attr(one.button, "aria-label",
          `${known.word}: ${gradeText(grade)}, chance of reporting ${percent(chance)}. Ask why.`);
      }
      figure.paint(grades);
    },
  };
}

/** Symptoms as the last row of the tall pathway; the buttons are those beside the body. */
function chipsOf(plan) {
  const chips = Object.entries(plan.labels).map(([name, { x, y, w }]) => {
    const box = s("rect", { class: "chip-box", x: x - w / 2, y: y - 24, width: w, height: 48, rx: 8 });
    const word = s("text", { class: "node-name", x, y: y - 4, "text-anchor": "middle" });
    const said = s("text", { class: "node-value", x, y: y + 13, "text-anchor": "middle" });
    return { name, box, word, said, group: s("g", { "aria-hidden": "true" }, box, word, said) };
  });
  return {
    group: s("g", {}, chips.map((one) => one.group)),
    update({ run, t }) {
      for (const one of chips) {
        const known = run.symptoms.find((item) => item.name === one.name);
        const { grade, chance } = felt(run, known, t);
        text(one.word, known.word);
        text(one.said, percent(chance));
        attr(one.box, "class", `chip-box at-${level(grade)}`);
      }
    },
  };
}

/** One tab stop for many nodes: arrows, Home and End move among them. */
function rove(items) {
  items.forEach((item, i) => item.setAttribute("tabindex", i ? -1 : 0));
  items.forEach((item, i) => {
    item.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      const next = step ? (i + step + items.length) % items.length
        : event.key === "Home" ? 0 : event.key === "End" ? items.length - 1 : null;
      if (next === null) return;
      event.preventDefault();
      item.setAttribute("tabindex", -1);
      items[next].setAttribute("tabindex", 0);
      items[next].focus();
    });
  });
}
