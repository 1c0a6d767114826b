import { describe, expect, it } from "vitest";
import { redisCache, redisConnection, redisState } from "./index.js";

const wrong = (options: unknown): never => options as never;

describe("options of Redis", () => {
  it.each([
    [() => redisCache(wrong({ hots: "h" })), 'redisCache.hots: there is no such option. Did you mean "host"?'],
    [() => redisCache(wrong("redis://:canary@h")), "redisCache: it is a text, not an object. Write e.g. { url:"],
    [() => redisConnection({ port: wrong("6379") }), "redisConnection.port"],
    [
      () => redisConnection({ url: "", nodes: [wrong({ host: "h", prot: 1 })] }),
      "redisConnection.nodes[0].port: undefined is not a whole number",
    ],
    [() => redisConnection({ tls: wrong("yes") }), "redisConnection.tls: it is a text."],
    [
      () => redisState(wrong({ namepsace: "x" })),
      'redisState.namepsace: there is no such option. Did you mean "namespace"?',
    ],
    [() => redisState({ client: wrong({}) }), 'redisState.client: it has no method "defineCommand".'],
    [
      () => redisState({}, wrong({ lease: false })),
      'redisState.lease: there is no such option. Did you mean "leases"?',
    ],
    [() => redisState({}, { leastProcesses: 0 }), "redisState.leastProcesses: 0 is not a whole number of at least 1."],
  ])("are refused before anything connects: %#", (make, message) => {
    expect(make).toThrow(message);
    expect(make).not.toThrow("canary");
  });
});
