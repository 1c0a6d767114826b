import { describe, expect, it } from "vitest";
import { mergeMetrics } from "./merge-metrics.js";

const first = `# HELP calls_total Calls.
# TYPE calls_total counter
calls_total{model="a b{}"} 3

# HELP up Up.
# TYPE up gauge
up 1
`;
const second = `# HELP up Up.
# TYPE up gauge
up 1

# HELP calls_total Calls.
# TYPE calls_total counter
calls_total{model="c"} 4 1700000000
`;

describe("mergeMetrics", () => {
  it("keeps the series of every worker apart, and each metric family together under one description", () => {
    expect(
      mergeMetrics([
        { worker: 1, text: first },
        { worker: 2, text: second },
      ]),
    ).toBe(`# HELP calls_total Calls.
# TYPE calls_total counter
calls_total{model="a b{}",worker="1"} 3
calls_total{model="c",worker="2"} 4 1700000000

# HELP up Up.
# TYPE up gauge
up{worker="1"} 1
up{worker="2"} 1
`);
  });
});
