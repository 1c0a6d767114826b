import { describe, expect, it } from "vitest";
import { redisCache, redisConnection, redisState } from "./index.js";

const wrong = (options: unknown): never => options as never;

describe("options of redisConnection, redisCache and redisState", () => {
  it.each([
    [() => redisCache(wrong({ hots: "h" })), 'redisCache.hots: unknown option. Did you mean "host"?'],
    [() => redisCache(wrong("redis://:canary@h")), "redisCache: expected an object, got a string. Write e.g. { url:"],
    [() => redisConnection({ port: wrong("6379") }), "redisConnection.port"],
    [
      () => redisConnection({ url: "", nodes: [wrong({ host: "h", prot: 1 })] }),
      "redisConnection.nodes[0].port: it must be a whole number",
    ],
    [() => redisConnection({ tls: wrong("yes") }), "redisConnection.tls: expected true or an object, got a string."],
    [() => redisState(wrong({ namepsace: "x" })), 'redisState.namepsace: unknown option. Did you mean "namespace"?'],
    [() => redisState({ client: wrong({}) }), 'redisState.client: it has no method "defineCommand".'],
    [() => redisState({}, wrong({ lease: false })), 'redisState.lease: unknown option. Did you mean "leases"?'],
    [
      () => redisState({}, { leastProcesses: 0 }),
      "redisState.leastProcesses: it must be a whole number, 1 or more (got 0).",
    ],
  ])("are checked before anything connects: %#", (make, message) => {
    expect(make).toThrow(message);
    expect(make).not.toThrow("canary");
  });
});
