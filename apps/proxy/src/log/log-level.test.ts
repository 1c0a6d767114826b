import { describe, expect, it } from "vitest";
import { logLevel } from "./log-level.js";

describe("logLevel", () => {
  it.each([
    [undefined, undefined],
    ["", undefined],
    ["debug", "debug"],
    ["WARN", "warn"],
    ["silent", "silent"],
  ])("reads %j as %j", (word, level) => {
    expect(logLevel(word === undefined ? {} : { MODELYARD_LOG: word })).toBe(level);
  });

  it("rejects an unknown level, naming the variable and the levels", () => {
    expect(() => logLevel({ MODELYARD_LOG: "eror" })).toThrow(
      'The environment variable MODELYARD_LOG is "eror", but it must be one of debug, info, warn, error, silent. Did you mean "error"?',
    );
  });
});
