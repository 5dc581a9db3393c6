// The same figure from top to bottom for narrow pages, drawn at real width so text never shrinks.

const H = 44;

/** A plan for a drawing `width` pixels wide. */
export function tall(width) {
  const gap = Math.max(8, Math.min(28, width * 0.04));
  const w = Math.min(132, (width - 2 * gap) / 3);
  const [a, b, c] = [w / 2, width / 2, width - w / 2];
  const node = (x, y, wide = w) => ({ x, y, w: wide, h: H });
  const nodes = {
    food: node(a, 26),
    stomach: node(b, 26),
    intrinsic_factor: node(c, 26),
    treatment: node(a, 118),
    blood: node(b, 118),
    ileum: node(c, 118),
    stores: node(c, 190),
    nerve_cobalamin: node(b, 274),
    methionine_synthase: node(a + w * 0.18, 350, w * 1.34),
    mutase: node(c, 350),
    dna: node(a, 432),
    methylation: node(b, 432),
    methylmalonate: node(c, 432),
    homocysteine: node((a + b) / 2, 504),
    growth: node((b + c) / 2 + w * 0.1, 504),
    marrow: node(a, 588),
    vessels: node(a, 660),
    transmitters: node(b, 616),
    myelin: node(c, 612, w - 16),
    axons: node(c, 690, w - 16),
  };
  const n = nodes;
  const top = (id) => n[id].y - H / 2;
  const foot = (id) => n[id].y + H / 2;
  const left = (id) => n[id].x - n[id].w / 2;
  const right = (id) => n[id].x + n[id].w / 2;
  const down = (x1, y1, x2, y2) => {
    const m = (y1 + y2) / 2;
    return `M${x1} ${y1}C${x1} ${m} ${x2} ${m} ${x2} ${y2}`;
  };
  const ms = n.methionine_synthase.x;
  const box = { x: c - w / 2, y: 572, w, h: 158 };
  const middle = (p, q) => [(p[0] + q[0]) / 2, (p[1] + q[1]) / 2];
  const edge = (d, from, to) => ({ d, mark: middle(from, to) });
  const straight = (x1, y1, x2, y2) => edge(`M${x1} ${y1}L${x2} ${y2}`, [x1, y1], [x2, y2]);
  const fall = (x1, y1, x2, y2) => edge(down(x1, y1, x2, y2), [x1, y1], [x2, y2]);
  const edges = {
    food_stomach: straight(right("food"), 26, left("stomach"), 26),
    stomach_if: straight(right("stomach"), 26, left("intrinsic_factor"), 26),
    if_ileum: straight(c, foot("intrinsic_factor"), c, top("ileum")),
    ileum_blood: straight(left("ileum"), 118, right("blood"), 118),
    bile: straight(c + w * 0.2, top("stores"), c + w * 0.2, foot("ileum")),
    stores_blood: edge(
      `M${left("stores")} 190H${b + w * 0.2 + 12}Q${b + w * 0.2} 190 ${b + w * 0.2} 178V${foot("blood")}`,
      [b + w * 0.2, 190], [b + w * 0.2, 150],
    ),
    treatment_blood: straight(right("treatment"), 118, left("blood"), 118),
    blood_cell: straight(b, foot("blood"), b, top("nerve_cobalamin")),
    cell_synthase: fall(b - w * 0.2, foot("nerve_cobalamin"), ms, top("methionine_synthase")),
    cell_mutase: fall(b + w * 0.2, foot("nerve_cobalamin"), c, top("mutase")),
    cell_growth: fall(b + w * 0.06, foot("nerve_cobalamin"), (b + c) / 2, top("growth")),
    synthase_dna: fall(ms - w * 0.3, foot("methionine_synthase"), a, top("dna")),
    synthase_homocysteine: fall(ms + w * 0.1, foot("methionine_synthase"), (a + b) / 2, top("homocysteine")),
    synthase_methyl: fall(ms + w * 0.45, foot("methionine_synthase"), b - w * 0.1, top("methylation")),
    homocysteine_methyl: fall((a + b) / 2 + w * 0.28, top("homocysteine"), b - w * 0.2, foot("methylation")),
    mutase_methylmalonate: straight(c, foot("mutase"), c, top("methylmalonate")),
    dna_marrow: straight(a - w * 0.2, foot("dna"), a - w * 0.2, top("marrow")),
    homocysteine_vessels: edge(
      `M${(a + b) / 2 - w * 0.1} ${foot("homocysteine")}` +
        `C${(a + b) / 2} 590 ${right("vessels") + 10} 660 ${right("vessels")} 660`,
      [(a + b) / 2, 560], [(a + b) / 2, 560],
    ),
    methyl_transmitters: fall(b - w * 0.06, foot("methylation"), b - w * 0.06, top("transmitters")),
    marrow_myelin: edge(
      `M${right("marrow")} 600C${right("marrow") + 14} 600 ${right("marrow") + 4} 652 ${b - w * 0.3} 656H${box.x}`,
      [b, 656], [b, 656],
    ),
    dna_myelin: edge(
      `M${a + w * 0.3} ${foot("dna")}C${a + w * 0.3} 560 ${b - w * 0.3} 548 ${b} 556S${box.x - 8} 604 ${box.x} 608`,
      [b, 556], [b, 556],
    ),
    homocysteine_myelin: edge(
      `M${(a + b) / 2 + w * 0.3} ${foot("homocysteine")}C${b} 560 ${c - w * 0.75} 560 ${box.x} 618`,
      [b, 560], [b, 560],
    ),
    methyl_myelin: fall(b + w * 0.3, foot("methylation"), c - w * 0.3, box.y),
    methylmalonate_myelin: fall(c + w * 0.2, foot("methylmalonate"), c + w * 0.2, box.y),
    mutase_myelin: edge(
      `M${right("mutase") - 6} ${foot("mutase")}C${width + 2} 400 ${width + 2} 470 ${right("mutase") - 6} 500V${box.y}`,
      [width - 4, 440], [width - 4, 440],
    ),
    growth_myelin: fall((b + c) / 2 + w * 0.3, foot("growth"), c - w * 0.05, box.y),
    myelin_axons: straight(c, foot("myelin"), c, top("axons")),
  };
  // Mood and memory left, where only some links come from the nerve; the rest below it.
  const labels = { cognition: { x: a, y: 800, w }, mood: { x: b, y: 800, w } };
  const last = ["vision", "balance", "numbness_hands", "leg_weakness", "numbness_feet"];
  last.forEach((name, i) => {
    labels[name] = { x: ((i + 0.5) * width) / last.length, y: 894, w: width / last.length - 5 };
  });
  const start = {
    marrow: [a - w * 0.3, foot("marrow")],
    vessels: [a, foot("vessels")],
    transmitters: [b, foot("transmitters")],
    nerve: [c, box.y + box.h],
  };
  return {
    width,
    height: 922,
    nodes,
    edges,
    labels,
    chips: true,
    felt: (from, to) => {
      const [x, y] = start[from];
      const end = labels[to];
      if (end.y < 850) return down(x, y, end.x, end.y - 26);
      return `M${x} ${y}V808C${x} 846 ${end.x} 836 ${end.x} ${end.y - 26}`;
    },
    boxes: [
      { x: 0, y: 234, w: width, h: 300, r: 16, words: "Inside the cell", at: [12, 256] },
      { ...box, r: 12, words: "Nerve fibre", at: [c - w / 2 - 8, 726], anchor: "end" },
    ],
    heads: [],
  };
}
