// Reading a run at one time: one search per time, one line per value.

/** Where `t` lies on the time axis of a run: index and share of the way to the next point. */
export function moment(run, t) {
  const { time } = run;
  const last = time.length - 1;
  if (t <= time[0]) return { i: 0, part: 0 };
  if (t >= time[last]) return { i: last, part: 0 };
  let low = 0;
  let high = last;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (time[middle] <= t) low = middle;
    else high = middle;
  }
  const span = time[high] - time[low];
  return { i: low, part: span > 0 ? (t - time[low]) / span : 0 };
}

/** The value at that moment. */
export function pick(values, { i, part }) {
  if (!values) return NaN;
  return part === 0 ? values[i] : values[i] + part * (values[i + 1] - values[i]);
}

/** The phase of the story that `t` lies in. */
export function phase(run, t) {
  return run.story.findLast((one) => one.from <= t) ?? run.story[0];
}

/** What of the timeline runs at `t`, of one kind. */
export function running(run, kind, t) {
  return run.timeline.filter((one) => one.kind === kind && one.from <= t && t < one.until + 1e-9);
}
