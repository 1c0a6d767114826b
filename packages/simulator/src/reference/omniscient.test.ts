import { describe, expect, it } from "vitest";
import type { Workload } from "../workload/simulated-request.js";
import { steadyWorkload } from "../workload/workloads.js";
import { bestAssignment, omniscient, withoutQueues } from "./omniscient.js";

/** Requests that arrive faster than three deployments serve them. */
const few = (seed: number): Workload => steadyWorkload({ requests: 6, perSecond: 8, seed });

describe("the references", () => {
  it("are in order: no queues, then the best assignment, then the omniscient router, within 5 % on average", () => {
    const deployments = [{ speed: 1 }, { speed: 0.5 }, { speed: 0.25 }];
    let best = 0;
    let greedy = 0;
    for (let seed = 1; seed <= 6; seed += 1) {
      const options = { workload: few(seed), deployments };
      const own = bestAssignment(options);
      expect(withoutQueues(options).latencyMeanMs).toBeLessThanOrEqual(own + 1e-6);
      expect(omniscient(options).latencyMeanMs).toBeGreaterThanOrEqual(own - 1e-6);
      best += own;
      greedy += omniscient(options).latencyMeanMs;
    }
    expect(greedy / best).toBeLessThan(1.05);
  });

  it("refuse to try too many assignments", () => {
    const options = { workload: steadyWorkload({ requests: 20, perSecond: 1 }), deployments: [{}, {}] };
    expect(() => bestAssignment(options)).toThrow("1048576 assignments");
  });

  it("avoid deployments that are down, unless all are", () => {
    const down = { faults: [{ kind: "hang", fromMs: 0, toMs: Number.POSITIVE_INFINITY }] } as const;
    expect(omniscient({ workload: few(1), deployments: [down, {}] }).success).toBe(1);
    expect(omniscient({ workload: few(1), deployments: [down, down] }).success).toBe(0);
  });

  it("count plain calls by their end", () => {
    const options = { workload: steadyWorkload({ requests: 50, perSecond: 1, stream: false }), deployments: [{}] };
    expect(omniscient(options).firstTokenP50Ms).toBeGreaterThan(2_000);
    expect(withoutQueues(options).firstTokenP50Ms).toBe(
      withoutQueues({ ...options, workload: steadyWorkload({ requests: 50, perSecond: 1, stream: false }) })
        .firstTokenP50Ms,
    );
  });
});
