// What the nerves lose: striped can mend, solid is lost for good in this model.

import { area, scale } from "./chart.js";
import { attr, h, inSight, onWidth, put, s, text } from "./dom.js";
import { moment, pick } from "./moment.js";
import { percent } from "./words.js";

const HEIGHT = 40;

export function mount(section, { store }) {
  const list = h("ul", { class: "tracts" });
  put(section,
    h("div", { class: "head" }, h("h2", "What the nerves lose"),
      h("p", { class: "lead t15" }, "Striped can mend. Solid is lost for good. All to 100\u00a0%.")),
    s("svg", { width: 0, height: 0, "aria-hidden": "true", class: "pattern" },
      s("defs", s("pattern", { id: "mends", width: 5, height: 5, patternUnits: "userSpaceOnUse",
        patternTransform: "rotate(45)" },
        s("rect", { class: "stripe-ground", width: 5, height: 5 }),
        s("rect", { class: "stripe", width: 2.2, height: 5 })))),
    list);
  let rows = [];
  let x = null;

  const draw = () => {
    const { run } = store.get();
    if (!run) return;
    if (rows.length !== run.tracts.length) {
      rows = run.tracts.map(row);
      put(list, rows.map((one) => one.item));
    }
    const width = rows[0].svg.parentNode.clientWidth;
    if (!width) return;
    x = scale([run.time[0], run.time.at(-1)], [0, width]);
    rows.forEach((one, i) => one.draw(run, run.tracts[i], x, width));
    place();
  };
  const place = inSight(list, () => {
    const { run, t } = store.get();
    if (!run || !x) return;
    const when = moment(run, t);
    rows.forEach((one, i) => one.place(run.tracts[i], when, x(t)));
  });
  onWidth(list, draw);
  store.subscribe("run", draw);
  store.subscribe("t", place);
}

function row() {
  const name = h("h3", { class: "t13" });
  const purpose = h("p", { class: "t12 third" });
  const total = h("p", { class: "t13 total" });
  const lost = h("p", { class: "t12 third" });
  const svg = s("svg", { height: HEIGHT, role: "img" });
  const cursor = s("line", { class: "cursor", y1: 0, y2: HEIGHT });
  const item = h("li", { class: "tract" }, h("div", name, purpose), h("div", { class: "tract-chart" }, svg),
    h("div", { class: "tract-said" }, total, lost));
  return {
    item,
    svg,
    draw(run, tract, x, width) {
      const y = scale([0, 1], [HEIGHT - 1, 2]);
      text(name, tract.words);
      text(purpose, tract.purpose);
      attr(svg, "aria-label", tract.words);
      attr(svg, "width", width);
      put(svg,
        s("path", { fill: "url(#mends)", d: area(run.time, tract.total, x, y, tract.permanent) }),
        s("path", { class: "for-good", d: area(run.time, tract.permanent, x, y, 0) }),
        s("line", { class: "axis-line", x1: 0, x2: width, y1: HEIGHT - 0.5, y2: HEIGHT - 0.5 }), cursor);
    },
    place(tract, when, at) {
      const all = pick(tract.total, when);
      const ever = pick(tract.permanent, when);
      text(total, `${percent(all)} lost`);
      attr(total, "class", `t13 total${all >= 0.1 ? " harm" : ""}`);
      text(lost, `${percent(ever)} for good`);
      attr(cursor, "transform", `translate(${at.toFixed(1)} 0)`);
      attr(svg, "aria-label", `${tract.words}: ${percent(all)} of function lost, ${percent(ever)} for good`);
    },
  };
}
