import { describe, expect, it } from "vitest";
import { TransportError } from "./kit/index.js";

describe("TransportError", () => {
  it.each([
    ["connect", "ECONNREFUSED", "could not be reached (ECONNREFUSED)"],
    ["reset", "UND_ERR_SOCKET", "closed the connection before the answer was complete (UND_ERR_SOCKET)"],
    ["timeout", undefined, "did not answer in time"],
  ] as const)("describes in words what a host did: %s", (phase, code, deed) => {
    expect(new TransportError(phase, "http://10.0.0.1: a secret place", { code }).deed).toBe(deed);
  });
});
