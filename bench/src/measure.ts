import { putLoad } from "./load/put-load.js";
import { requestBytes, type Test } from "./load/requests.js";
import { cpuMicroseconds, residentMb } from "./machine/processes.js";
import type { Target } from "./machine/targets.js";
import { median, percentile } from "./report/statistics.js";

/** The results of a target in one window, or the median over several. */
export interface Sample {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Time to the first byte of the answer's body, in milliseconds. */
  readonly firstByteP50Ms: number;
  readonly firstByteP99Ms: number;
  /** User and system time per request, in microseconds. */
  readonly cpuUs: number;
  readonly residentMb: number;
}

export interface Windows {
  readonly rounds: number;
  readonly warmUpMs: number;
  readonly windowMs: number;
}

export interface Row {
  readonly test: Test;
  /** Results by target. */
  readonly samples: Readonly<Record<string, Sample>>;
}

export async function measureOnce(target: Target, test: Test, forMs: number): Promise<Sample> {
  const { pid, port } = target.running;
  const request = requestBytes(test, target.address(test));
  const before = cpuMicroseconds(pid);
  const result = await putLoad({ port, connections: test.connections, request, forMs });
  return {
    requestsPerSecond: result.requests / result.seconds,
    p50Ms: percentile(result.totalMs, 0.5),
    p99Ms: percentile(result.totalMs, 0.99),
    firstByteP50Ms: percentile(result.firstByteMs, 0.5),
    firstByteP99Ms: percentile(result.firstByteMs, 0.99),
    cpuUs: (cpuMicroseconds(pid) - before) / result.requests,
    residentMb: residentMb(pid),
  };
}

/** The median of each figure. */
export function middle(samples: readonly Sample[]): Sample {
  const of = (read: (sample: Sample) => number): number => median(samples.map(read));
  return {
    requestsPerSecond: of((sample) => sample.requestsPerSecond),
    p50Ms: of((sample) => sample.p50Ms),
    p99Ms: of((sample) => sample.p99Ms),
    firstByteP50Ms: of((sample) => sample.firstByteP50Ms),
    firstByteP99Ms: of((sample) => sample.firstByteP99Ms),
    cpuUs: of((sample) => sample.cpuUs),
    residentMb: of((sample) => sample.residentMb),
  };
}

/** Warms up the targets of a test. @returns those that can do it; Portkey, for example, cannot stream on Node 24 */
async function warmUp(test: Test, targets: readonly Target[], forMs: number): Promise<readonly Target[]> {
  const able: Target[] = [];
  for (const target of targets) {
    if (!target.takes(test)) continue;
    try {
      await measureOnce(target, test, forMs);
      able.push(target);
    } catch (error) {
      if (target.peer !== true) throw error;
      process.stderr.write(`${target.name} is omitted from "${test.name}": ${String(error)}\n`);
    }
  }
  return able;
}

/** Runs one test for all targets in turn (A B C A B C), so that other load on the machine affects all of them. */
export async function measure(test: Test, targets: readonly Target[], windows: Windows): Promise<Row> {
  const taking = await warmUp(test, targets, windows.warmUpMs);
  const samples = new Map<string, Sample[]>(taking.map(({ name }) => [name, []]));
  for (let round = 0; round < windows.rounds; round += 1) {
    for (const target of taking) samples.get(target.name)?.push(await measureOnce(target, test, windows.windowMs));
  }
  return { test, samples: Object.fromEntries([...samples].map(([name, list]) => [name, middle(list)])) };
}
