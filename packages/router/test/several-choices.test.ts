import type { JsonObject, ProviderResult } from "@modelyard/core";
import { sleep, type StreamPart } from "@modelyard/core/kit";
import { deploymentOptions } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { setup } from "./support/harness.js";

const open = { bytes: undefined, content: true, finished: 0, done: false, usage: undefined };

/** A vendor that finishes one choice long before the other. */
async function* slowly(wait: (ms: number) => Promise<void>, choiceWith: (index: number) => JsonObject) {
  yield { ...open, chunks: [{ choices: [{ ...choiceWith(0), finish_reason: "stop" }] }], finished: 1 };
  await wait(5_000);
  yield { ...open, chunks: [{ choices: [{ ...choiceWith(1), finish_reason: null }] }] };
  await wait(5_000);
  yield { ...open, chunks: [{ choices: [{ ...choiceWith(1), finish_reason: "stop" }] }], finished: 1, done: true };
}

describe("a stream of several choices", () => {
  const messages = [{ role: "user", content: "hi" }] as const;
  it.each([
    ["of several prompts", "text_completion", { prompt: ["a", "b"] }, {}],
    ["of several lists of tokens", "text_completion", { prompt: [[1], [2]] }, {}],
    ["that the request asks for", "chat", { messages, n: 2 }, {}],
    ["that the deployment's defaults ask for", "chat", { messages }, { defaults: { n: 2 } }],
  ] as const)("%s does not end when only the first choice has ended", async (_, operation, body, more) => {
    const harness = setup({ modelList: [deploymentOptions("a", more)] });
    const wait = (ms: number) => sleep(harness.clock, ms);
    const choiceWith = (index: number) =>
      operation === "chat" ? { index, delta: { content: "x" } } : { index, text: "x" };
    harness.provider.call = () =>
      Promise.resolve({ kind: "stream", parts: slowly(wait, choiceWith) } as unknown as ProviderResult);
    const read = async (): Promise<readonly StreamPart[]> => {
      const outcome = await harness.router.execute(operation, { model: "gpt-4", stream: true, ...body });
      const parts: StreamPart[] = [];
      if (outcome.kind === "stream") for await (const part of outcome.parts) parts.push(part);
      return parts;
    };
    expect(await harness.clock.until(read())).toHaveLength(3);
    expect(harness.clock.timers).toBe(0);
  });

  it("reserves tokens for the answers to all prompts", async () => {
    const harness = setup({ modelList: [deploymentOptions("a", { tpm: 1_000 })] });
    const ask = () => harness.router.textCompletion({ model: "gpt-4", prompt: ["a", "b", "c"], max_tokens: 400 });
    const asking = ask();
    expect(harness.router.state().groups[0]?.deployments[0]?.used.tokens).toBe(1_000);
    await asking;
  });
});
