import { describe, expect, it } from "vitest";
import { one, setup } from "./test/house.js";

describe("test switches", () => {
  it("answer without calling anybody, plain and streamed", async () => {
    const house = setup({
      modelList: [one("a"), one("canned", { modelName: "canned", mockResponse: "from the file" })],
    });
    expect(await house.ask({ mock_response: "mocked" })).toMatchObject({
      choices: [{ message: { content: "mocked" } }],
    });
    expect(await house.ask({ model: "canned" })).toMatchObject({
      choices: [{ message: { content: "from the file" } }],
    });
    let text = "";
    for await (const chunk of await house.router.completion({
      model: "gpt-4",
      messages: [],
      stream: true,
      mock_response: "mocked",
    }))
      text += chunk.choices[0]?.delta.content ?? "";
    expect([text, house.provider.calls.length]).toEqual(["mocked", 0]);
  });

  it("answer for every text of an embedding request", async () => {
    const house = setup({ modelList: [one("a", { mockResponse: "x" })] });
    expect((await house.router.embedding({ model: "gpt-4", input: ["a", "b"] })).data).toHaveLength(2);
    expect((await house.router.embedding({ model: "gpt-4", input: [1, 2] })).data).toHaveLength(1);
  });

  it.each([
    ["mock_testing_fallbacks", "general"],
    ["mock_testing_context_fallbacks", "context"],
    ["mock_testing_content_policy_fallbacks", "policy"],
  ])("%s shows the fallback", async (field, group) => {
    const house = setup({
      modelList: [one("a"), ...["general", "context", "policy"].map((name) => one(name, { modelName: name }))],
      fallbacks: { "gpt-4": ["general"] },
      contextWindowFallbacks: { "gpt-4": ["context"] },
      contentPolicyFallbacks: { "gpt-4": ["policy"] },
    });
    await house.ask({ [field]: true });
    expect(house.served()).toEqual([group]);
  });
});
