import { describe, expect, it } from "vitest";
import { nearNames } from "./kit/index.js";

describe("nearNames", () => {
  it("suggests similar names, and no others", () => {
    expect(nearNames("gtp-4", ["gpt-4", "claude-2", "gpt-3.5-turbo"])).toEqual(["gpt-4"]);
    expect(nearNames("num_retires", ["num_retries", "timeout"])).toEqual(["num_retries"]);
    expect(nearNames("opena", ["custom_openai", "openai", "openai_like"])[0]).toBe("openai");
    expect(nearNames("gpt-4o-mni", ["gpt-4", "gpt-4o-mini"])).toEqual(["gpt-4o-mini", "gpt-4"]);
    expect(nearNames("numRetry", ["numRetries", "timeoutMs"])).toEqual(["numRetries"]);
    expect(nearNames("zzz", ["gpt-4"])).toEqual([]);
  });
});
