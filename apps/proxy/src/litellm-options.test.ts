import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { addLitellmOptions, ignoredOptions, type LitellmOptions, wantsDebug } from "./litellm-options.js";

const parsed = (...args: readonly string[]): LitellmOptions =>
  addLitellmOptions(new Command()).exitOverride().parse(args, { from: "user" }).opts();

describe("LiteLLM's options for serving", () => {
  it("name those that have no effect", () => {
    const options = parsed("--telemetry", "False", "--run_gunicorn", "--num_workers", "2", "--keepalive_timeout", "75");
    expect(options.num_workers).toBe(2);
    expect(ignoredOptions(options)).toEqual(["--telemetry", "--run_gunicorn", "--keepalive_timeout"]);
    expect(ignoredOptions(parsed("--detailed_debug"))).toEqual([]);
  });

  it.each([
    [["--debug"], {}, true],
    [["--detailed_debug"], {}, true],
    [[], { DETAILED_DEBUG: "True" }, true],
    [[], { DETAILED_DEBUG: "False" }, false],
    [[], { LITELLM_LOG: "DEBUG" }, true],
    [[], { LITELLM_LOG: "ERROR" }, false],
    [[], {}, false],
  ] as const)("ask for a log of every call with %j and %j: %j", (args, env, expected) => {
    expect(wantsDebug(parsed(...args), env)).toBe(expected);
  });
});
