import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import { silentLogger } from "@modelyard/core";
import { anthropic } from "@modelyard/providers-anthropic";
import { openai } from "@modelyard/providers-openai";
import { createRouter } from "@modelyard/router";
import { generateText, type LanguageModel, streamText } from "ai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createModelyard, modelyard } from "../src/index.js";
import { type Recording, recordings, recordingsFolder } from "./support/recordings.js";

if (recordingsFolder === "")
  process.stdout.write("Skipped recorded answers: set MODELYARD_FIXTURES to the folder that holds them.\n");

/** The recording that the vendors answer with. */
let current: Recording | undefined;
const server = createServer((_, response) => {
  const { body = "", stream = false } = current ?? {};
  response.writeHead(200, { "content-type": stream ? "text/event-stream" : "application/json" }).end(body);
});
let origin = "";
beforeAll(async () => {
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
});
afterAll(() => {
  server.close();
});

/** The SDK's own provider. */
function vendors({ api }: Recording) {
  const settings = { apiKey: "k", baseURL: `${origin}/v1` };
  return api === "messages" ? createAnthropic(settings)("claude-sonnet-4-5") : createOpenAI(settings)("gpt-5.4");
}

function routed({ api }: Recording): LanguageModel {
  const router = createRouter({
    logger: silentLogger,
    numRetries: 0,
    providers: [openai({ apiKey: "k" }), anthropic({ apiKey: "k" })],
    modelList: [
      { modelName: "messages", model: "anthropic/claude-sonnet-4-5", apiBase: origin },
      { modelName: "responses", model: "openai/gpt-5.4", apiBase: `${origin}/v1` },
    ],
  });
  return modelyard(router)(api);
}

/** What the SDK makes of an answer, as far as every API has it. */
async function gist(model: LanguageModel, recording: Recording): Promise<unknown> {
  current = recording;
  try {
    return await read(model, recording);
  } catch {
    return "The SDK cannot read it.";
  }
}

async function read(model: LanguageModel, { stream }: Recording): Promise<unknown> {
  const call = { model, prompt: "Hi", maxRetries: 0, maxOutputTokens: 1_000, onError: () => undefined };
  const answer = stream ? streamText(call) : await generateText(call);
  if (stream) await (answer as ReturnType<typeof streamText>).consumeStream();
  const { text, reasoningText, toolCalls, finishReason, usage } = await answer.finalStep;
  return {
    text,
    reasoning: reasoningText ?? "",
    calls: toolCalls
      .filter(({ providerExecuted }) => providerExecuted !== true)
      .map(({ toolName, input }) => [toolName, input as unknown]),
    finishReason,
    tokens: [usage.inputTokens, usage.outputTokens],
  };
}

/** Recordings that a router reads otherwise, and why. */
const otherwise: readonly (readonly [name: RegExp, why: string])[] = [
  [/apply-patch|local-shell|openai-shell|client-tool-search/u, "Routers refuse these tools of OpenAI's."],
  [/anthropic-compaction/u, "The SDK's provider shows a summary of earlier turns as text."],
  [/programmatic-tool-calling\.1\.json/u, "An answer with calls ends with calls."],
  [
    /tool-search-deferred|programmatic-tool-calling\.3/u,
    "The SDK does not find the call of a result; a router shows no such result.",
  ],
  [/openai-phase\.1\.chunks/u, "Most pieces of the text were removed; the end of the stream has all of it."],
];

const all = recordings();

describe.skipIf(recordingsFolder === "")("a recorded answer", () => {
  it.each(all.map((recording) => [recording.name, recording] as const))(
    "means the same behind one name as with the SDK's own provider: %s",
    async (_, recording) => {
      const ai = createModelyard({ logger: silentLogger, numRetries: 0, models: { fast: vendors(recording) } });
      expect(await gist(ai("fast"), recording)).toEqual(await gist(vendors(recording), recording));
    },
  );

  it.each(all.map((recording) => [recording.name, recording] as const))(
    "means the same through a router as with the SDK's own provider, unless there is a reason: %s",
    async (name, recording) => {
      const routers = await gist(routed(recording), recording);
      const own = await gist(vendors(recording), recording);
      const differs = otherwise.some(([pattern]) => pattern.test(name));
      expect([own, differs ? routers : undefined]).toContainEqual(routers);
    },
  );
});
