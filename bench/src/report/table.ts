import type { Row, Sample } from "../measure.js";

type Cell = (sample: Sample, row: Row) => string;

/** The columns of the table. Some compare with the same test of another target. */
const columns: readonly { readonly title: string; readonly cell: Cell }[] = [
  { title: "requests/s", cell: (sample) => sample.requestsPerSecond.toFixed(0) },
  { title: "of bare", cell: (sample, { samples }) => ratio(sample, samples["bare"]) },
  {
    title: "events/s",
    cell: (sample, { test }) => (test.events === 0 ? "" : (sample.requestsPerSecond * test.events).toFixed(0)),
  },
  { title: "p50 ms", cell: (sample) => sample.p50Ms.toFixed(2) },
  { title: "p99 ms", cell: (sample) => sample.p99Ms.toFixed(2) },
  { title: "added p50", cell: (sample, { samples }) => added(sample.p50Ms, samples["direct"]?.p50Ms) },
  { title: "added p99", cell: (sample, { samples }) => added(sample.p99Ms, samples["direct"]?.p99Ms) },
  {
    title: "first byte",
    cell: (sample, { samples }) => added(sample.firstByteP50Ms, samples["direct"]?.firstByteP50Ms),
  },
  {
    title: "its p99",
    cell: (sample, { samples }) => added(sample.firstByteP99Ms, samples["direct"]?.firstByteP99Ms),
  },
  { title: "first ms", cell: (sample) => sample.firstByteP50Ms.toFixed(2) },
  {
    title: "over bare",
    cell: (sample, { samples }) => added(sample.firstByteP50Ms, samples["bare"]?.firstByteP50Ms),
  },
  { title: "CPU us", cell: (sample) => sample.cpuUs.toFixed(0) },
  { title: "MB", cell: (sample) => sample.residentMb.toFixed(0) },
];

export function ratio(sample: Sample, floor: Sample | undefined): string {
  return floor === undefined ? "" : (sample.requestsPerSecond / floor.requestsPerSecond).toFixed(2);
}

function added(ms: number, floorMs: number | undefined): string {
  return floorMs === undefined ? "" : (ms - floorMs).toFixed(2);
}

const nameWidth = 28;
const cellWidth = 11;

/**
 * All results as text: one block per test, one line per target. Latencies are in milliseconds; added ones are over `direct`.
 * `first ms` is the p50 of the first byte, and `over bare` how much later it arrives than from bare.
 */
export function table(rows: readonly Row[]): string {
  const lines = [`${"".padEnd(nameWidth)}${columns.map(({ title }) => title.padStart(cellWidth)).join("")}`];
  for (const row of rows) {
    lines.push(row.test.name);
    for (const [name, sample] of Object.entries(row.samples)) {
      const cells = columns.map(({ cell }) => cell(sample, row).padStart(cellWidth));
      lines.push(`${`  ${name}`.padEnd(nameWidth)}${cells.join("")}`);
    }
  }
  return `${lines.join("\n")}\n`;
}
