import { anthropic } from "@modelyard/providers-anthropic";
import { openai } from "@modelyard/providers-openai";
import { refuses, replies, startUpstream, type Upstream } from "@modelyard/testing";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { createAppRouter } from "./router.ts";

// A local server that plays the vendors, so that the tests need no keys and cost nothing.
let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream();
});
beforeEach(() => {
  upstream.reset();
});
afterAll(async () => {
  await upstream.close();
});

/** Asks a new router. @returns the answer, and the vendors that were called */
async function ask(content: string): Promise<{ readonly text: string; readonly called: readonly string[] }> {
  const router = createAppRouter([
    openai({ apiKey: "test-key", baseUrl: `${upstream.url("openai")}/v1` }),
    anthropic({ apiKey: "test-key", baseUrl: upstream.url("anthropic") }),
  ]);
  let text = "";
  const answer = await router.completion({ model: "smart", stream: true, messages: [{ role: "user", content }] });
  for await (const chunk of answer) text += chunk.choices[0]?.delta.content ?? "";
  await router.close();
  return { text, called: upstream.calls.map(({ host }) => host) };
}

it("answers with OpenAI", async () => {
  upstream.script({ host: "openai" }, replies("It scatters light."));
  expect(await ask("Why is the sky blue?")).toEqual({ text: "It scatters light.", called: ["openai"] });
});

it("answers with Anthropic while OpenAI is out of quota", async () => {
  upstream.script({ host: "openai" }, refuses("insufficient_quota"));
  upstream.script({ host: "anthropic" }, replies("It scatters light."));
  expect(await ask("Why is the sky blue?")).toEqual({ text: "It scatters light.", called: ["openai", "anthropic"] });
});
