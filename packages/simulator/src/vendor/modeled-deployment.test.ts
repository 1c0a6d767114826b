import { describe, expect, it } from "vitest";
import { EventLoop } from "../loop/event-loop.js";
import type { SimulatedRequest } from "../workload/simulated-request.js";
import type { DeploymentModel } from "./deployment-model.js";
import { ModeledDeployment, type VendorExchange } from "./modeled-deployment.js";

const request: SimulatedRequest = { atMs: 0, inputTokens: 400, outputTokens: 100, maxTokens: 500 };

interface Course {
  readonly log: string[];
  readonly exchange: VendorExchange;
}

function world(model: DeploymentModel = {}): {
  readonly deployment: ModeledDeployment;
  send(index?: number, changes?: Partial<SimulatedRequest>): Course;
  runTo(ms: number): void;
} {
  const loop = new EventLoop();
  const deployment = new ModeledDeployment(loop, model, 1);
  const ms = (): string => String(Math.round(loop.time / 1_000));
  return {
    deployment,
    send(index = 0, changes = {}) {
      const log: string[] = [];
      const call = { index, attempt: 0, request: { ...request, ...changes } };
      const exchange = deployment.take(call, {
        first: (report) => {
          log.push(`first ${ms()}${report === undefined ? "" : ` ${String(report.tokens?.remaining)}`}`);
        },
        ended: (usage) => {
          log.push(`end ${ms()} ${String(usage.cachedTokens)}`);
        },
        failed: (status, wait) => {
          log.push(`${String(status)} ${ms()} ${String(wait)}`);
        },
      });
      return { log, exchange };
    },
    runTo(until) {
      let isOver = false;
      loop.plan(until * 1_000 - loop.time, () => {
        isOver = true;
      });
      loop.runAtOnce(() => isOver);
    },
  };
}

describe("ModeledDeployment", () => {
  it("answers after the network's time, that of the prompt and that of the answer", () => {
    const { send, runTo, deployment } = world();
    const { log } = send();
    runTo(60_000);
    expect(log).toEqual(["first 250", "end 2375 0"]);
    expect(deployment.counts).toMatchObject({
      calls: 1,
      answered: 1,
      inputTokens: 400,
      outputTokens: 100,
      wastedTokens: 0,
    });
  });

  it("is as many times faster as its speed says, except for the network", () => {
    const { send, runTo } = world({ speed: 0.5 });
    const { log } = send();
    runTo(60_000);
    expect(log).toEqual(["first 350", "end 4600 0"]);
  });

  it("fails, hangs and stalls while it has a fault, and is well before and after", () => {
    const time = { fromMs: 1_000, toMs: 2_000 };
    for (const [fault, expected] of [
      [{ kind: "error", status: 503, retryAfterMs: 500, ...time }, ["503 1150 500"]],
      [{ kind: "hang", ...time }, []],
      [{ kind: "stall", ...time }, ["first 1250"]],
    ] as const) {
      const { send, runTo, deployment } = world({ faults: [fault] });
      const before = send();
      runTo(1_000);
      expect(deployment.refuses(request)).toBe(true);
      const during = send();
      runTo(2_000);
      const after = send();
      runTo(60_000);
      expect(during.log).toEqual(expected);
      expect([before.log.at(-1), after.log.at(-1)]).toEqual([
        expect.stringContaining("end"),
        expect.stringContaining("end"),
      ]);
      expect(deployment.refuses(request)).toBe(false);
    }
  });

  it("affects only a share of the requests, the same ones in every run", () => {
    const affected = (): readonly number[] => {
      const { send, runTo } = world({
        faults: [{ kind: "error", status: 500, share: 0.25, fromMs: 0, toMs: Number.POSITIVE_INFINITY }],
      });
      const courses = Array.from({ length: 400 }, (_, index) => send(index));
      runTo(100_000);
      return courses.flatMap(({ log }, index) => (log[0]?.startsWith("500") === true ? [index] : []));
    };
    expect(affected().length).toBeGreaterThan(70);
    expect(affected().length).toBeLessThan(130);
    expect(affected()).toEqual(affected());
  });

  it("delays stragglers before they are processed", () => {
    const { send, runTo } = world({
      stragglers: { share: 0.02, meanMs: 8_000 },
      promptTokensPerSecond: 1e9,
      slots: 1_000,
    });
    const courses = Array.from({ length: 500 }, (_, index) => send(index));
    runTo(1_000_000);
    const late = courses.filter(({ log }) => Number(log[0]?.split(" ")[1]) > 1_000);
    expect(late.length).toBeGreaterThan(2);
    expect(late.length).toBeLessThan(20);
  });

  it("refuses what exceeds its limits, with the vendor's wait, and reports what is left", () => {
    const { send, runTo, deployment } = world({ limits: { tokens: { perMinute: 60_000, burst: 1_000 } } });
    const first = send();
    const second = send();
    runTo(1_000);
    expect(first.log).toEqual(["first 250 200"]);
    expect(second.log).toEqual(["429 150 1000"]);
    expect(deployment.counts).toMatchObject({ calls: 2, rateLimited: 1, failed: 1 });
  });

  it("charges what its vendor charges: the most, what was used, or first one and then the other", () => {
    for (const [charge, left] of [
      ["most", 100],
      ["settled", 500],
      ["used", 500],
    ] as const) {
      const { send, runTo, deployment } = world({ limits: { charge, tokens: { perMinute: 1_000, shape: "window" } } });
      send();
      runTo(10_000);
      expect(deployment.report()?.tokens?.remaining).toBe(left);
    }
  });

  it("does not process the cached beginning of a prompt", () => {
    const { send, runTo, deployment } = world({ cache: { idleMs: 300_000 } });
    const prefix = [{ id: 1, tokens: 360 }];
    send(0, { prefix });
    runTo(10_000);
    const { log } = send(1, { prefix });
    runTo(20_000);
    expect(log).toEqual(["first 10160", "end 12285 360"]);
    expect(deployment.counts.cachedTokens).toBe(360);
  });

  it("stops and counts what was wasted when its caller leaves, in every phase, once", () => {
    const { send, runTo, deployment } = world({
      limits: { charge: "settled", tokens: { perMinute: 10_000, shape: "window" } },
    });
    const travelling = send();
    travelling.exchange.leave();
    const started = send();
    runTo(1_312.5);
    started.exchange.leave();
    started.exchange.leave();
    runTo(60_000 - 1);
    expect([travelling.log, started.log]).toEqual([[], ["first 250 9100"]]);
    expect(deployment.counts).toMatchObject({ calls: 2, left: 2, answered: 0, wastedTokens: 450 });
    expect(deployment.report()?.tokens?.remaining).toBe(10_000 - 450);
  });

  it("goes on when its caller leaves if the vendor does not stop", () => {
    const { send, runTo, deployment } = world({ stops: false });
    const { log, exchange } = send();
    runTo(1_000);
    exchange.leave();
    runTo(60_000);
    expect(log).toEqual(["first 250"]);
    expect(deployment.counts).toMatchObject({ left: 1, answered: 0, outputTokens: 100, wastedTokens: 500 });
  });
});
