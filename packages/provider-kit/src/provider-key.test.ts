import { Secret } from "@modelyard/core";
import { afterEach, describe, expect, it, vi } from "vitest";
import { providerKey } from "./provider-key.js";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
});

const variables = ["FIRST_KEY", "SECOND_KEY"];
const keyFor = (given?: string | Secret, environment?: Record<string, string>): string | undefined =>
  providerKey(given, variables, environment)?.reveal();

describe("a provider's key", () => {
  it("is the given one, if there is one", () => {
    vi.stubEnv("FIRST_KEY", "from the environment");
    expect(keyFor("given")).toBe("given");
    expect(keyFor(new Secret("given"))).toBe("given");
  });

  it.each([undefined, "", " ", new Secret("")])(
    "is read from its variables, in order, where none was given (%#)",
    (given) => {
      expect(keyFor(given)).toBeUndefined();
      vi.stubEnv("SECOND_KEY", "second");
      expect(keyFor(given)).toBe("second");
      vi.stubEnv("FIRST_KEY", "");
      expect(keyFor(given)).toBe("second");
      vi.stubEnv("FIRST_KEY", "first");
      expect(keyFor(given)).toBe("first");
    },
  );

  it("is read only from the given environment", () => {
    vi.stubEnv("FIRST_KEY", "of the process");
    expect(keyFor(undefined, {})).toBeUndefined();
    expect(keyFor(undefined, { FIRST_KEY: "given" })).toBe("given");
  });

  it("is missing on platforms without an environment, or without permission to read it", () => {
    vi.stubGlobal("process", undefined);
    expect(keyFor()).toBeUndefined();
    vi.stubGlobal("process", {});
    expect(keyFor()).toBeUndefined();
    const hidden = (): never => {
      throw new Error("Requires env access");
    };
    vi.stubGlobal("process", { env: new Proxy({}, { get: hidden }) });
    expect(keyFor()).toBeUndefined();
  });
});
