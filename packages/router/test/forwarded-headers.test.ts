import { answers, deploymentOptions, failure, fails } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { setup } from "./support/harness.js";

describe("the caller's headers", () => {
  it("reach every attempt of a call, fallbacks included, and no other call", async () => {
    const { router, clock, provider } = setup({
      modelList: [deploymentOptions("a"), deploymentOptions("b", { modelName: "other" })],
      fallbacks: { "gpt-4": ["other"] },
      numRetries: 1,
    });
    provider.script("a", fails("internal_server"), fails("internal_server"), answers("hi"));
    const forwardHeaders = { "vendor-beta": "one,two", "x-tool-session-id": "s" };
    const request = { model: "gpt-4", messages: [{ role: "user", content: "hi" }] } as const;
    await clock.until(router.completion(request, { forwardHeaders }));
    await clock.until(router.completion(request));
    expect(provider.calls.map(({ call }) => call.forwardHeaders)).toEqual([
      forwardHeaders,
      forwardHeaders,
      forwardHeaders,
      undefined,
    ]);
  });

  it("are refused if they contain credentials", async () => {
    const { router, provider } = setup({ modelList: [deploymentOptions("a")] });
    const options = { forwardHeaders: { authorization: "Bearer key-of-the-client" } };
    const error = await failure(router.completion({ model: "gpt-4", messages: [] }, options));
    expect(error).toMatchObject({ kind: "bad_request", param: "forwardHeaders" });
    expect(error.message).toContain('"authorization" may not be sent to a vendor');
    expect(error.message).not.toContain("key-of-the-client");
    expect(provider.calls).toEqual([]);
  });
});
