import { answers, fails, hangs } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { failure, one, setup } from "./test/house.js";

describe("what is left of a list of fallbacks", () => {
  it("is not offered what a policy rejected on the way", async () => {
    const house = setup({
      modelList: [one("a"), one("b", { modelName: "second" }), one("c", { modelName: "third" })],
      fallbacks: { "gpt-4": ["second", "third"] },
      numRetries: 0,
    });
    house.provider.script("a", fails("internal_server"));
    house.provider.script("b", fails("content_policy_violation"));
    expect((await failure(house.ask())).kind).toBe("internal_server");
    expect(house.served()).toEqual(["a", "b"]);
  });

  it("takes a prompt that is too long to a group of which one is large enough", async () => {
    const house = setup({
      modelList: [
        one("a"),
        one("small", { modelName: "second", maxInputTokens: 1 }),
        one("tiny", { modelName: "third", maxInputTokens: 1 }),
        one("large", { modelName: "third", maxInputTokens: 100_000 }),
      ],
      contextWindowFallbacks: { "gpt-4": ["second", "third"] },
      enablePreCallChecks: true,
      numRetries: 0,
    });
    house.provider.script("a", fails("context_window_exceeded"));
    house.provider.script("large", answers("fits"));
    await house.ask({ messages: [{ role: "user", content: "a long story, word by word" }] });
    expect(house.served()).toEqual(["a", "large"]);
  });
});

it("a stream of which nothing comes ends with the shorter of its limits", async () => {
  for (const [timeouts, ms] of [
    [{ totalMs: 100, firstTokenMs: 500 }, 100],
    [{ totalMs: 500, firstTokenMs: 100 }, 100],
    [{ firstTokenMs: 100 }, 100],
  ] as const) {
    const house = setup({ modelList: [one("a")], numRetries: 0, timeouts });
    house.provider.script("a", hangs());
    const start = house.clock.now();
    expect((await failure(house.ask({ stream: true }))).kind).toBe("timeout");
    expect(house.clock.now() - start).toBe(ms);
  }
});

it("a request says itself whether fields are dropped that a vendor does not know", async () => {
  const house = setup({ modelList: [one("a", { dropParams: true })] });
  await house.ask();
  await house.ask({}, { dropParams: false });
  await house.ask({ drop_params: false });
  expect(house.provider.calls.map(({ call }) => call.dropParams)).toEqual([true, false, false]);
});
