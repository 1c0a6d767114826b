import { describe, expect, it } from "vitest";
import { promptCaches } from "../vendor/prompt-cache.js";
import { checkModel } from "./check-model.js";

const time = { fromMs: 0, toMs: 1_000 };

describe("checkModel", () => {
  it("accepts every field that deployments have", () => {
    const faults = [
      { kind: "error", status: 529, retryAfterMs: 5, share: 0.5, ...time },
      { kind: "hang", ...time },
      { kind: "stall", share: 1, fromMs: 0, toMs: Number.POSITIVE_INFINITY },
      { kind: "slow", factor: 10, ...time },
      { kind: "slow_answers", factor: 0.5, ...time },
    ];
    const limit = { perMinute: 10, shape: "window", burst: 5, windowMs: 1_000 };
    const limits = { requests: limit, tokens: limit, charge: "used", countsCached: false, headers: "azure" };
    const speeds = {
      speed: 2,
      promptTokensPerSecond: 1,
      prefills: Number.POSITIVE_INFINITY,
      tokenMs: 1,
      sharedBy: 1,
      slots: 1,
    };
    const network = { networkMs: 0, networkJitter: 0.2, stragglers: { share: 0.1, meanMs: 5 } };
    for (const cache of Object.values(promptCaches))
      expect(() => {
        checkModel({ ...speeds, ...network, cache, limits, faults, stops: false }, "a");
      }).not.toThrow();
  });

  it.each([
    [3, "a: expected an object"],
    [{ sped: 1 }, 'a.sped: there is no such field. Did you mean "speed"?'],
    [{ speed: 0 }, "a.speed: expected a finite number above 0, got 0"],
    [{ speed: "1" }, 'a.speed: expected a finite number above 0, got "1"'],
    [{ stragglers: { share: 2, meanMs: 1 } }, "a.stragglers.share: expected a number from 0 to 1"],
    [{ cache: {} }, "a.cache.idleMs: it is missing."],
    [
      { limits: { tokens: { perMinute: 1, shape: "square" } } },
      "a.limits.tokens.shape: expected one of bucket, window",
    ],
    [{ faults: {} }, "a.faults: expected a list"],
    [{ faults: [{ kind: "explode", ...time }] }, "a.faults.0.kind: expected one of error, hang"],
    [{ faults: [{ kind: "error", ...time }] }, "a.faults.0.status: it is missing."],
    [{ faults: [{ kind: "slow", factor: 0, ...time }] }, "a.faults.0.factor: expected a finite number above 0"],
    [{ stops: "no" }, "a.stops: expected true or false"],
  ])("names what is wrong with %j", (value, message) => {
    expect(() => {
      checkModel(value, "a");
    }).toThrow(message);
  });
});
