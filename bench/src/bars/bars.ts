import type { Test } from "../load/requests.js";
import { type Mean, meanOf } from "../report/statistics.js";

/** What one start of the proxy and of bare showed in one test. */
export interface Observation {
  /** Requests per second, as a share of bare's. */
  readonly share: number;
  readonly residentMb: number;
  readonly bareResidentMb: number;
  /** Time to the first byte beyond that of the upstream itself, at p50. */
  readonly addedFirstByteMs: number;
}

/** Something that the proxy must reach. */
export interface Bar {
  readonly title: string;
  readonly sense: "at least" | "at most";
  /** `undefined`: the bar does not apply to the test. */
  readonly limit: (test: Test) => number | undefined;
  readonly read: (observation: Observation) => number;
  readonly digits: number;
}

/** @returns how many requests the proxy must serve of those that bare serves */
function share({ caller, vendor, stream }: Test): number {
  if (caller === vendor) return 0.9;
  return stream ? 0.6 : 0.7;
}

export const bars: readonly Bar[] = [
  { title: "of bare", sense: "at least", limit: share, read: (observation) => observation.share, digits: 3 },
  {
    title: "MB of bare's",
    sense: "at most",
    limit: () => 1,
    read: ({ residentMb, bareResidentMb }) => residentMb / bareResidentMb,
    digits: 3,
  },
  {
    title: "MB",
    sense: "at most",
    limit: ({ kind, connections }) => (kind === "1024" && connections === 256 ? 130 : undefined),
    read: ({ residentMb }) => residentMb,
    digits: 0,
  },
  {
    title: "added first byte, ms",
    sense: "at most",
    limit: ({ connections }) => (connections === 1 ? 1 : undefined),
    read: ({ addedFirstByteMs }) => addedFirstByteMs,
    digits: 2,
  },
];

/** Of a process that has not served anything yet, in megabytes. */
export const mostIdleMb = 90;

export interface Verdict extends Mean {
  readonly passed: boolean;
  /** Whether the mean is within two standard errors of the limit, so that another run may say something else. */
  readonly close: boolean;
}

export function judge(sense: Bar["sense"], limit: number, values: readonly number[]): Verdict {
  const { mean, error } = meanOf(values);
  const passed = sense === "at least" ? mean >= limit : mean <= limit;
  return { mean, error, passed, close: !(Math.abs(mean - limit) > 2 * error) };
}
