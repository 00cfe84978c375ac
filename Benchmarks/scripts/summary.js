// The figures at the end of a run, as one line that the suite reads.
export function summary(data) {
  return { stdout: `\nk6-summary:${JSON.stringify(data.metrics)}\n` };
}
