// The hand-laid figure for wide pages: food enters left, the chain runs right and ends on the body.

const W = 108;
const H = 44;

/** A node by its middle. */
const node = (x, y, w = W) => ({ x, y, w, h: H });

const NODES = {
  food: node(50, 92, 100),
  stomach: node(176, 92),
  intrinsic_factor: node(176, 184),
  ileum: node(176, 284),
  treatment: node(316, 92),
  blood: node(316, 232),
  stores: node(316, 352),
  nerve_cobalamin: node(478, 232, 100),
  methionine_synthase: node(606, 150, 140),
  mutase: node(606, 396, 140),
  dna: node(764, 76, 112),
  homocysteine: node(764, 154, 112),
  methylation: node(764, 232, 112),
  methylmalonate: node(764, 396, 112),
  growth: node(764, 522, 116),
  marrow: node(922, 76, 112),
  vessels: node(922, 154, 112),
  transmitters: node(922, 232, 112),
  myelin: node(922, 332, 96),
  axons: node(922, 420, 96),
};

/** An S from left to right. */
function across(x1, y1, x2, y2) {
  const middle = (x1 + x2) / 2;
  return `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`;
}

/** Right to a lane, along it, and on to the nerve. */
function lane(x1, y1, at, x2, y2, r = 10) {
  const turn = Math.min(r, Math.abs(y2 - y1) / 2, at - x1, x2 - at);
  const sign = Math.sign(y2 - y1);
  return (
    `M${x1} ${y1}H${at - turn}Q${at} ${y1} ${at} ${y1 + sign * turn}` +
    `V${y2 - sign * turn}Q${at} ${y2} ${at + turn} ${y2}H${x2}`
  );
}

const EDGES = {
  food_stomach: { d: "M100 92H122", mark: [111, 92] },
  stomach_if: { d: "M176 114V162", mark: [176, 138] },
  if_ileum: { d: "M176 206V262", mark: [176, 234] },
  ileum_blood: { d: across(230, 284, 262, 232), mark: [246, 258] },
  bile: { d: "M262 358H206Q176 358 176 332V306", mark: [190, 350] },
  stores_blood: { d: "M316 330V254", mark: [316, 292] },
  treatment_blood: { d: "M316 114V210", mark: [316, 162] },
  blood_cell: { d: "M370 232H428", mark: [399, 232] },
  cell_synthase: { d: "M490 210V178Q490 150 512 150H536", mark: [490, 186] },
  cell_mutase: { d: "M490 254V368Q490 396 516 396H536", mark: [490, 320] },
  cell_growth: { d: "M452 254V494Q452 522 480 522H706", mark: [452, 440] },
  synthase_dna: { d: across(676, 142, 708, 76), mark: [692, 108] },
  synthase_homocysteine: { d: across(676, 151, 708, 154), mark: [692, 152] },
  synthase_methyl: { d: across(676, 160, 708, 228), mark: [692, 194] },
  homocysteine_methyl: { d: "M764 176V210", mark: [764, 193] },
  mutase_methylmalonate: { d: "M676 396H708", mark: [692, 396] },
  dna_marrow: { d: "M820 76H866", mark: [843, 76] },
  homocysteine_vessels: { d: "M820 154H866", mark: [843, 154] },
  methyl_transmitters: { d: "M820 226H866", mark: [843, 226] },
  marrow_myelin: { d: "M866 86H862Q854 86 854 94V296Q854 304 862 304H872", mark: [854, 200] },
  dna_myelin: { d: lane(820, 84, 846, 872, 316), mark: [846, 190] },
  homocysteine_myelin: { d: lane(820, 162, 838, 872, 328), mark: [838, 280] },
  methyl_myelin: { d: lane(820, 240, 830, 872, 341), mark: [830, 290] },
  methylmalonate_myelin: { d: lane(820, 392, 838, 872, 354), mark: [838, 372] },
  mutase_myelin: { d: "M640 418V432Q640 442 650 442H836Q846 442 846 432V376Q846 366 856 366H872", mark: [740, 442] },
  growth_myelin: { d: lane(822, 522, 856, 872, 379), mark: [856, 450] },
  myelin_axons: { d: "M922 354V398", mark: [922, 376] },
};

/** Middle of each symptom's words, and where its links end. */
const LABELS = {
  cognition: 54, mood: 106, vision: 158, balance: 236, numbness_hands: 312, leg_weakness: 390,
  numbness_feet: 498,
};
const BAR = 1010;
const RIGHT = { marrow: [978, 76], vessels: [978, 154], transmitters: [978, 232], nerve: [978, 376] };
/** Where a link leaves the nerve: links side by side, in the order of the labels. */
const LEAVE = {
  cognition: 316, mood: 324, vision: 334, balance: 348, numbness_hands: 364, leg_weakness: 382,
  numbness_feet: 412,
};

function felt(from, to) {
  const [x, y] = RIGHT[from];
  const start = from === "nerve" ? LEAVE[to] : y + (to === "mood" ? 5 : -3);
  return across(x, start, BAR - 3, LABELS[to]);
}

/** The plan; it has one size and is scaled as a whole. */
export const wide = () => ({
  width: 1272,
  height: 566,
  nodes: NODES,
  edges: EDGES,
  felt,
  labels: Object.fromEntries(Object.entries(LABELS).map(([name, y]) => [name, { x: BAR, y }])),
  body: { x: 1098, y: 40, scale: 0.83 },
  dock: true,
  boxes: [
    { x: 420, y: 36, w: 412, h: 424, r: 18, words: "Inside the cell", at: [436, 58] },
    { x: 522, y: 350, w: 304, h: 100, r: 40, words: "mitochondrion", at: [560, 366], inner: true },
    { x: 872, y: 288, w: 106, h: 172, r: 14, words: "Nerve fibre", at: [925, 479], anchor: "middle" },
  ],
  heads: [
    [50, "Food"], [176, "Gut"], [316, "Blood and stores"], [626, "Chemistry"], [922, "Tissue"], [1040, "Felt"],
  ],
});
