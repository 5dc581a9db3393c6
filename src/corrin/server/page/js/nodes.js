// What each node of the figure is called and shows; every number is of the run.

import { pick, running } from "./moment.js";
import { number, percent, quantity } from "./words.js";

const relative = (run, id, when) => pick(run.nodes[id]?.values, when);
const flow = (run, id, when) => pick(run.flows[id], when);

/** A share of health; harm where a tenth or more is missing. */
function share(value, words) {
  return { text: words(percent(value)), harm: value < 0.9 };
}

/** A public output with its unit; harm as its reference range and harmful side say. */
function measured(run, name, when, before = "") {
  const curve = run.curves[name];
  const value = pick(curve.values, when);
  return { text: before + quantity(value, curve.unit), harm: harmed(curve, value) };
}

/** Whether a value lies outside its range on the side that harms. */
export function harmed({ reference: [low, high], harm }, value) {
  const below = low !== null && value < low && harm !== "high";
  const above = high !== null && value > high && harm !== "low";
  return below || above;
}

/** Where a value lies: "low", "high" or "". */
export function side({ reference: [low, high] }, value) {
  if (low !== null && value < low) return "low";
  return high !== null && value > high ? "high" : "";
}

/** The tract that the nodes myelin and axons show: the longest path of the cord. */
export const TRACT = "dorsal_columns";

/** Id: plain and clinical name, value(run, when, t), the model's flows that meet here. */
export const NODES = {
  food: {
    plain: "Food, tablets", clinical: "Oral B12", flows: ["food"],
    value: (run, when) => share(flow(run, "food", when), (p) => `B12 ${p}`),
    about: "B12 swallowed with food and tablets, against a usual mixed diet.",
  },
  stomach: {
    plain: "Stomach", clinical: "Gastric release", flows: ["stomach"],
    value: (run, when) => share(flow(run, "stomach", when), (p) => `frees ${p}`),
    about: "Acid and pepsin free B12 from food; against health.",
  },
  intrinsic_factor: {
    plain: "Intrinsic factor", clinical: "Intrinsic factor", flows: ["intrinsic_factor"],
    value: (run, when) => share(relative(run, "intrinsic_factor", when), (p) => `${p} made`),
    about: "Made by the stomach; without it the ileum cannot take up B12.",
  },
  ileum: {
    plain: "Ileum", clinical: "Terminal ileum", flows: ["ileum", "gain_intrinsic_factor_uptake"],
    value: (run, when) => share(flow(run, "ileum", when), (p) => `takes up ${p}`),
    about: "B12 absorbed from everything swallowed, against health.",
  },
  stores: {
    plain: "Body stores", clinical: "Body B12", flows: ["stores", "bile", "gain_bile_return"],
    value: (run, when) => measured(run, "body_b12", when),
    about: "Most is in the liver, which passes B12 to the bile each day and must get it back.",
  },
  treatment: {
    plain: "Treatment", clinical: "Treatment", flows: [],
    value: (run, when, t) => {
      const now = running(run, "treat", t);
      return { text: now.length ? dose(now.at(-1).text) : "not given", harm: false, off: !now.length };
    },
    about: "B12 given as an injection, tablet or spray.",
  },
  blood: {
    plain: "Blood", clinical: "Serum B12", flows: ["tissues", "gain_transcobalamin"],
    value: (run, when) => measured(run, "serum_b12", when),
    about: "B12 in serum; only the part on transcobalamin reaches cells.",
  },
  nerve_cobalamin: {
    plain: "B12 in cells", clinical: "Nerve cell B12", flows: ["gain_transcobalamin", "gain_processing"],
    value: (run, when) => share(relative(run, "nerve_cobalamin", when), (p) => `${p} of normal`),
    about: "B12 inside nerve cells, against health.",
  },
  methionine_synthase: {
    plain: "Methionine synthase", clinical: "Methionine synthase",
    flows: ["gain_methylcobalamin", "gain_nitrous_oxide", "methylation_cycle"],
    value: (run, when) => share(relative(run, "methionine_synthase", when), (p) => `works at ${p}`),
    about: "Turns homocysteine into methionine and sets folate free.",
  },
  mutase: {
    plain: "Mutase", clinical: "MM-CoA mutase", flows: ["gain_adenosylcobalamin"],
    value: (run, when) => share(relative(run, "mutase", when), (p) => `works at ${p}`),
    about: "Burns methylmalonyl-CoA with the help of B12; what it leaves piles up.",
  },
  dna: {
    plain: "DNA letters", clinical: "DNA synthesis",
    flows: ["gain_thymidylate", "gain_purine", "methionine_synthase>methylene_thf"],
    value: (run, when) => share(relative(run, "dna_synthesis_marrow", when), (p) => `made at ${p}`),
    about: "Folate trapped without methionine synthase is missing for thymidylate and purines.",
  },
  homocysteine: {
    plain: "Homocysteine", clinical: "Homocysteine", flows: ["methionine_synthase>total_homocysteine"],
    value: (run, when) => measured(run, "total_homocysteine", when),
    about: "Piles up behind methionine synthase; its partner SAH brakes every methylation.",
  },
  methylation: {
    plain: "Methyl supply", clinical: "SAM to SAH", flows: ["gain_sah_inhibition", "gain_methylation"],
    value: (run, when) => share(relative(run, "sam_sah_ratio_nerve", when), (p) => `${p} of normal`),
    about: "Methyl groups for myelin, transmitters and repair: SAM against SAH in nerve.",
  },
  methylmalonate: {
    plain: "Methylmalonate", clinical: "Methylmalonate", flows: ["mutase>methylmalonic_acid"],
    value: (run, when) => measured(run, "methylmalonic_acid", when),
    about: "Piles up behind the mutase; part of it ends as odd fatty acids in myelin.",
  },
  growth: {
    plain: "Growth signals", clinical: "Trophic factors", flows: ["gain_trophic"],
    value: (run, when) => {
      const loss = flow(run, "gain_trophic", when);
      return { text: loss < 0.005 ? "in balance" : `${percent(loss)} disturbed`, harm: loss >= 0.1 };
    },
    about: "Growth factors and cytokines of the nervous system, a hypothesis from animals.",
  },
  marrow: {
    plain: "Marrow", clinical: "Bone marrow", flows: ["gain_hemolysis", "gain_macrocytosis", "gain_anaemia"],
    value: (run, when) => measured(run, "hemoglobin", when, "Hb "),
    about: "Red cells grow large and few; too little oxygen reaches tissues.",
  },
  vessels: {
    plain: "Vessels", clinical: "Vessels", flows: ["gain_vessels"],
    value: (run, when) => {
      const risk = pick(run.curves.stroke_relative_risk.values, when);
      return { text: `stroke risk ×${number(risk, 2)}`, harm: risk >= 1.1 };
    },
    about: "Relative risk of stroke from homocysteine.",
  },
  transmitters: {
    plain: "Transmitters", clinical: "Monoamine tone",
    flows: ["gain_sam_transmitters", "gain_tetrahydrobiopterin", "gain_transmitters"],
    value: (run, when) => share(relative(run, "serotonin_tone", when), (p) => `${p} of normal`),
    about: "Serotonin and its kin need methyl groups and folate.",
  },
  myelin: {
    plain: "Myelin", clinical: "Myelin", flows: [],
    value: (run, when) => share(pick(run.curves[`myelin_${TRACT}`].values, when), (p) => `${p} left`),
    about: "Insulation of the fibres of the dorsal columns; it can grow again.",
  },
  axons: {
    plain: "Axons", clinical: "Axons", flows: [],
    value: (run, when) => share(pick(run.curves[`axons_${TRACT}`].values, when), (p) => `${p} left`),
    about: "Fibres of the dorsal columns; in this model those that die in the cord stay lost.",
  },
};

/** "hydroxocobalamin 1 mg im every …" as "1 mg im". */
function dose(text) {
  const found = text.match(/([\d.]+ (?:mg|ug|µg|nmol)) ?(\w+)?/);
  return found ? found[0].replace("ug", "µg") : "given";
}

/** Flow that a cause cuts: the node where the chain is cut, and the edge that bears the cross. */
export const ROOTS = {
  food: ["food", "food_stomach"],
  stomach: ["stomach", "stomach_if"],
  intrinsic_factor: ["intrinsic_factor", "if_ileum"],
  ileum: ["ileum", "ileum_blood"],
  stores: ["stores", null],
  gain_transcobalamin: ["blood", "blood_cell"],
  gain_processing: ["nerve_cobalamin", "cell_synthase", "cell_mutase"],
  gain_nitrous_oxide: ["methionine_synthase", "cell_synthase"],
  gain_methylcobalamin: ["methionine_synthase", "cell_synthase"],
  gain_adenosylcobalamin: ["mutase", "cell_mutase"],
  methylation_cycle: ["methionine_synthase", "synthase_methyl"],
  gain_thymidylate: ["dna", "synthase_dna"],
  "methionine_synthase>total_homocysteine": ["homocysteine", null],
  "mutase>methylmalonic_acid": ["methylmalonate", null],
  gain_erythropoietin: ["marrow", null],
};
