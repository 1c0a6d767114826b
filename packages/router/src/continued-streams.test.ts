import { streams } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import type { CreateRouterOptions } from "./options.js";
import { failure, one, setup } from "./test/house.js";

describe("a stream that breaks in the middle", () => {
  const read = async (
    stream: AsyncIterable<{ id: string; choices: readonly { delta: { content?: string | null } }[] }>,
  ): Promise<string> => {
    let text = "";
    const ids = new Set<string>();
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? "";
      ids.add(chunk.id);
    }
    expect(ids.size).toBe(1);
    return text;
  };
  const broken = (more: Partial<CreateRouterOptions> = {}) => {
    const modelList = [one("a"), one("b", { modelName: "other", capabilities: { prefix: true } })];
    const house = setup({
      modelList,
      fallbacks: { "gpt-4": ["other"] },
      numRetries: 0,
      midStreamFallback: "continue",
      ...more,
    });
    house.provider.script("a", streams(["once ", "upon "], { failAfter: 2 }));
    house.provider.script("b", streams(["a ", "time"]));
    return house;
  };
  const stream = (house: ReturnType<typeof broken>, body: object = {}) =>
    house.router.completion({ model: "gpt-4", stream: true, messages: [{ role: "user", content: "tell" }], ...body });

  it("is carried on by a deployment that can, from what was said, and both are paid for", async () => {
    const house = broken();
    const answer = await stream(house);
    expect(await read(answer)).toBe("once upon a time");
    expect(house.provider.calls[1]?.call.request).toMatchObject({
      messages: [{ role: "user" }, { role: "assistant", content: "once upon " }],
    });
    expect(answer.routing.attempts.map((attempt) => attempt.outcome)).toEqual(["failure", "success"]);
    expect(house.types().filter((type) => type.startsWith("request_"))).toEqual([
      "request_started",
      "request_succeeded",
    ]);
    expect([house.router.inFlight, house.clock.timers]).toEqual([0, 0]);
  });

  it("fails as it broke when more was said than is kept in memory", async () => {
    const house = broken();
    house.provider.script(
      "a",
      streams(
        Array.from({ length: 9 }, () => "x".repeat(1024 * 1024)),
        { failAfter: 9 },
      ),
    );
    const error = await failure(read(await stream(house)));
    expect(error.kind).toBe("internal_server");
    expect(house.provider.calls).toHaveLength(1);
  });

  it.each([
    ["nobody asked for it", { midStreamFallback: "error" }, {}],
    ["nobody can", { modelList: [one("a"), one("b", { modelName: "other" })] }, {}],
    ["the answer may call tools", {}, { tools: [{ type: "function", function: { name: "f" } }] }],
    ["the answer is JSON", {}, { response_format: { type: "json_object" } }],
  ] as const)("fails as it broke when %s", async (_, options, body) => {
    const house = broken(options);
    const error = await failure(read(await stream(house, body)));
    expect(error.kind).toBe("internal_server");
    expect(house.router.inFlight).toBe(0);
  });

  it("is hidden when events are held back", async () => {
    const house = setup({ modelList: [one("a"), one("b")], numRetries: 1, holdBackEvents: 3 });
    house.provider.script("*", streams(["x", "y"], { failAfter: 2 }), streams(["whole ", "and ", "good"]));
    expect(await read(await stream(house))).toBe("whole and good");
  });
});
