import { describe, expect, it } from "vitest";
import { EventLoop } from "../loop/event-loop.js";
import { ModelServer, type ServerJob, type ServerSpeed, type ServerTicket } from "./model-server.js";

interface Seen {
  readonly firstMs: number;
  readonly endMs: number;
  readonly ticket: ServerTicket;
}

function world(speed: ServerSpeed = {}): {
  readonly loop: EventLoop;
  readonly server: ModelServer;
  submit(promptTokens: number, outputTokens: number): Seen;
  runTo(ms: number): void;
} {
  const loop = new EventLoop();
  const server = new ModelServer(loop, speed);
  return {
    loop,
    server,
    submit(promptTokens, outputTokens) {
      const times = { firstMs: Number.NaN, endMs: Number.NaN };
      const ticket = server.submit({
        promptTokens,
        outputTokens,
        starts: () => promptTokens,
        first: () => {
          times.firstMs = loop.time / 1_000;
        },
        ends: () => {
          times.endMs = loop.time / 1_000;
        },
      });
      return {
        ticket,
        get firstMs() {
          return times.firstMs;
        },
        get endMs() {
          return times.endMs;
        },
      };
    },
    runTo(ms) {
      let isOver = false;
      loop.plan(ms * 1_000 - loop.time, () => {
        isOver = true;
      });
      loop.runAtOnce(() => isOver);
    },
  };
}

describe("ModelServer", () => {
  it("processes prompts in their order and writes answers side by side", () => {
    const { submit, runTo } = world();
    const first = submit(4_000, 10);
    const second = submit(2_000, 10);
    runTo(10_000);
    expect(first.firstMs).toBe(1_000);
    expect(second.firstMs).toBe(1_500);
    // Alone, a token takes 20 ms * (1 + 1/16).
    expect(first.endMs).toBeCloseTo(1_000 + 10 * 21.25, 2);
    expect(second.endMs).toBeCloseTo(1_500 + 10 * 21.25, 2);
  });

  it("writes more slowly the more answers there are", () => {
    const { submit, runTo } = world({ promptTokensPerSecond: 1e9 });
    const answers = Array.from({ length: 16 }, () => submit(0, 100));
    runTo(10_000);
    for (const { endMs } of answers) expect(endMs).toBeCloseTo(100 * 40, 1);
  });

  it("processes several prompts at the same time if prefills says so", () => {
    const { submit, runTo } = world({ prefills: Number.POSITIVE_INFINITY, sharedBy: Number.POSITIVE_INFINITY });
    const answers = Array.from({ length: 3 }, () => submit(4_000, 10));
    runTo(10_000);
    expect(answers.map(({ firstMs, endMs }) => [firstMs, endMs])).toEqual(answers.map(() => [1_000, 1_200]));
  });

  it("starts no prompt while all slots are taken", () => {
    const { submit, runTo, server } = world({ slots: 1 });
    submit(400, 100);
    const second = submit(400, 100);
    expect(server.jobs).toBe(2);
    runTo(10_000);
    expect(second.firstMs).toBeCloseTo(100 + 100 * 21.25 + 100, 2);
    expect(server.jobs).toBe(0);
  });

  it("predicts exactly when a job ends if nothing follows it", () => {
    const { submit, runTo, server } = world();
    const none = new Set<ServerJob>();
    submit(1_000, 300);
    submit(3_000, 40);
    runTo(2_000);
    submit(500, 200);
    const predicted = server.timeToEnd(800, 150, 0, none) / 1_000;
    const firstPredicted = server.timeToFirst(800, 0, none) / 1_000;
    const own = submit(800, 150);
    runTo(60_000);
    expect(own.firstMs).toBeCloseTo(2_000 + firstPredicted, 2);
    // The answer of the job before it begins only after its prompt, so the prediction is a little too high.
    expect((own.endMs - 2_000) / predicted).toBeGreaterThan(0.97);
    expect((own.endMs - 2_000) / predicted).toBeLessThan(1.001);
  });

  it("slows down what is in progress, and stops at a speed of 0", () => {
    const { submit, runTo, server } = world();
    const own = submit(4_000, 10);
    runTo(500);
    server.setSpeed(0.1, 1);
    runTo(1_500);
    server.setSpeed(0, 1);
    runTo(11_500);
    server.setSpeed(1, 1);
    runTo(20_000);
    // Half of the prompt in 500 ms, a tenth of the rest per 500 ms, nothing for 10 s.
    expect(own.firstMs).toBeCloseTo(11_500 + 400, 2);
    expect(own.endMs).toBeCloseTo(11_900 + 212.5, 2);
  });

  it("stops jobs in every phase, which makes room for others", () => {
    const { submit, runTo, server } = world();
    const prompt = submit(4_000, 10);
    const waiting = submit(4_000, 10);
    const last = submit(400, 100);
    runTo(500);
    server.stop(prompt.ticket);
    server.stop(waiting.ticket);
    runTo(1_000);
    expect(last.firstMs).toBe(600);
    expect(server.written(last.ticket)).toBeCloseTo(400 / 21.25, 3);
    server.stop(last.ticket);
    server.stop(last.ticket);
    runTo(10_000);
    expect(server.jobs).toBe(0);
    expect([prompt, waiting, last].map(({ endMs }) => endMs)).toEqual([Number.NaN, Number.NaN, Number.NaN]);
  });
});
