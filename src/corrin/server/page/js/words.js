// Numbers, units and grades as the command line writes them (corrin/faces/wording.py; a test
// compares the two).

export const GRADES = ["none", "faint", "mild", "marked", "severe"];
const THIN = "\u2009";
const SUPERSCRIPT = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };

/** A value with three significant digits and thin spaces between thousands. */
export function number(value, digits = 3) {
  if (!Number.isFinite(value)) return "not known";
  if (value === 0) return "0";
  const magnitude = Math.floor(Math.log10(Math.abs(value)));
  if (magnitude < -3) {
    const [mantissa, power] = value.toExponential(digits - 1).split("e");
    const raised = [...String(Number(power))].map((c) => SUPERSCRIPT[c]).join("");
    return `${mantissa}${THIN}×${THIN}10${raised}`;
  }
  const decimals = Math.max(0, digits - 1 - magnitude);
  const [whole, part = ""] = value.toFixed(decimals).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, THIN);
  const rest = part.replace(/0+$/, "");
  return rest ? `${grouped}.${rest}` : grouped;
}

/** A share between 0 and 1 in percent; what is not quite nothing or all says so. */
export function percent(share) {
  if (share > 0 && share < 0.005) return "<1 %";
  if (share > 0.995 && share < 1) return ">99 %";
  return `${Math.abs(Math.round(100 * share))} %`;
}

/** A unit as printed. */
export function unitText(unit) {
  if (unit === "1") return "";
  return unit
    .replace("umol", "µmol").replace("ug", "µg").replace("uV", "µV")
    .replace("10^9", "10⁹").replace("%/year", "% per year");
}

export const quantity = (value, unit) => `${number(value)} ${unitText(unit)}`.trim();

/** The whole grade 0 to 4 of a severity. */
export function level(grade) {
  return Math.min(4, Math.max(0, Math.floor(Math.round(grade * 10) / 10 + 0.5)));
}

/** A grade in word and number, such as "marked, 2.6 of 4". */
export function gradeText(grade) {
  const shown = Math.min(4, Math.max(0, grade)).toFixed(1).replace(/\.0$/, "");
  return `${GRADES[level(grade)]}, ${shown} of 4`;
}

export const capital = (words) => words.charAt(0).toUpperCase() + words.slice(1);

/** "a, b and c". */
export function listing(words) {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

/** A time [year] in the unit of a run's clock, to one decimal: "year 3.8". */
export function timeText(t, clock) {
  return `${clock.name} ${timeNumber(t, clock)}`;
}

export function timeNumber(t, clock) {
  const written = (t / clock.years).toFixed(1).replace(/\.0$/, "");
  return written === "-0" ? "0" : written;
}

/** Which symptom the page speaks of: always one of the run, with its words. */
export function chosen(run, name) {
  return run.symptoms.find((one) => one.name === name) ?? run.symptoms[0];
}
