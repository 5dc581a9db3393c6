// The edges of the figure: which flow of the model each shows, and how.
//
// pipe: empty in health's width, filled with what flows now. supply: the same for an edge whose
// number is the injury of its lack. pile: a product that accumulates, no empty pipe, thickens.
// harm: an injury, nothing in health, thickens.

import { pick } from "./moment.js";

const flow = (name) => (run, when) => pick(run.flows[name], when);
const through = (...names) => (run, when) =>
  names.reduce((product, name) => product * pick(run.flows[name], when), 1);

/** Id: kind, mechanism (colour), widest, how much, the model's name of the edge. */
export const EDGES = {
  food_stomach: { kind: "pipe", m: "b12", max: 13, flow: flow("food"), name: "food" },
  stomach_if: { kind: "pipe", m: "b12", max: 13, flow: through("food", "stomach"), name: "stomach" },
  if_ileum: {
    kind: "pipe", m: "b12", max: 13, flow: through("food", "stomach", "intrinsic_factor"),
    name: "gain_intrinsic_factor_uptake",
  },
  ileum_blood: { kind: "pipe", m: "b12", max: 13, flow: flow("ileum"), name: "ileum" },
  bile: { kind: "pipe", m: "b12", max: 10, flow: flow("bile"), name: "gain_bile_return" },
  stores_blood: { kind: "pipe", m: "b12", max: 11, flow: flow("stores"), name: "body_b12>holotranscobalamin" },
  treatment_blood: { kind: "pipe", m: "b12", max: 13, flow: flow("treatment"), name: "treatment" },
  blood_cell: { kind: "pipe", m: "b12", max: 13, flow: flow("tissues"), name: "gain_transcobalamin" },
  cell_synthase: {
    kind: "pipe", m: "b12", max: 10, flow: flow("gain_methylcobalamin"), name: "gain_methylcobalamin",
  },
  cell_mutase: {
    kind: "pipe", m: "b12", max: 10, flow: flow("gain_adenosylcobalamin"), name: "gain_adenosylcobalamin",
  },
  synthase_dna: { kind: "pipe", m: "thymidylate", max: 9, flow: flow("gain_thymidylate"), name: "gain_thymidylate" },
  synthase_homocysteine: {
    kind: "pile", m: "homocysteine", flow: flow("methionine_synthase>total_homocysteine"),
    name: "methionine_synthase>total_homocysteine",
  },
  synthase_methyl: {
    kind: "pipe", m: "methylation", max: 9, flow: flow("methylation_cycle"), name: "methylation_cycle",
  },
  homocysteine_methyl: {
    kind: "harm", m: "homocysteine", flow: (run, when) => 1 - pick(run.flows.gain_sah_inhibition, when),
    name: "gain_sah_inhibition",
  },
  mutase_methylmalonate: {
    kind: "pile", m: "methylmalonate", flow: flow("mutase>methylmalonic_acid"), name: "mutase>methylmalonic_acid",
  },
  dna_marrow: { kind: "pipe", m: "thymidylate", max: 9, flow: flow("gain_hemolysis"), name: "gain_hemolysis" },
  homocysteine_vessels: { kind: "harm", m: "homocysteine", flow: flow("gain_vessels"), name: "gain_vessels" },
  methyl_transmitters: {
    kind: "pipe", m: "methylation", max: 8, flow: flow("gain_sam_transmitters"), name: "gain_sam_transmitters",
  },
  methyl_myelin: { kind: "supply", m: "methylation", max: 8, flow: flow("gain_methylation"), name: "gain_methylation" },
  dna_myelin: {
    kind: "supply", m: "thymidylate", max: 6, flow: flow("gain_dna_synthesis"), name: "gain_dna_synthesis",
  },
  marrow_myelin: { kind: "supply", m: "growth", max: 5, flow: flow("gain_anaemia"), name: "gain_anaemia" },
  homocysteine_myelin: { kind: "harm", m: "homocysteine", flow: flow("gain_homocysteine"), name: "gain_homocysteine" },
  methylmalonate_myelin: { kind: "harm", m: "methylmalonate", flow: flow("gain_propionate"), name: "gain_propionate" },
  mutase_myelin: { kind: "supply", m: "methylmalonate", max: 5, flow: flow("gain_energy"), name: "gain_energy" },
  cell_growth: { kind: "supply", m: "growth", max: 7, flow: flow("gain_trophic"), name: "gain_trophic" },
  growth_myelin: { kind: "supply", m: "growth", max: 7, flow: flow("gain_trophic"), name: "gain_trophic" },
};

/** Symptom links: from where, to which symptom, the model's edges that they stand for. */
export const FELT = [
  ["marrow", "cognition", ["anaemia>cognition"]],
  ["marrow", "mood", ["anaemia>mood"]],
  ["vessels", "cognition", ["vessels>cognition"]],
  ["transmitters", "cognition", ["transmitters>cognition"]],
  ["transmitters", "mood", ["transmitters>mood"]],
  ["nerve", "cognition", ["white_matter>cognition"]],
  ["nerve", "mood", ["white_matter>mood"]],
  ["nerve", "vision", ["optic>vision"]],
  ["nerve", "balance", ["dorsal_columns>balance", "sensory_foot>balance", "corticospinal>balance"]],
  ["nerve", "numbness_hands", ["sensory_hand>numbness_hands", "dorsal_columns>numbness_hands"]],
  ["nerve", "leg_weakness", ["motor_leg>leg_weakness", "corticospinal>leg_weakness"]],
  ["nerve", "numbness_feet", ["sensory_foot>numbness_feet", "dorsal_columns>numbness_feet"]],
];

/** How strong a symptom link is now, 0 to 1. */
export function strength(run, names, when) {
  return Math.max(0, ...names.map((name) => pick(run.flows[name], when)).filter(Number.isFinite));
}

/** Width of what flows now, in the units of the drawing. */
export function width(edge, value) {
  const v = Number.isFinite(value) ? value : 0;
  if (edge.kind === "pipe") return v < 0.002 ? 0 : Math.max(0.8, edge.max * Math.min(1.25, v));
  if (edge.kind === "supply") return Math.max(0.8, edge.max * Math.min(1, Math.max(0, 1 - v)));
  if (edge.kind === "pile") return Math.min(13, 2.5 + 3 * Math.log2(Math.max(0.6, v)));
  return v < 0.005 ? 0 : 0.8 + 8 * Math.min(1, v);
}
