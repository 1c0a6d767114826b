import { createModelyard, modelyard } from "@modelyard/ai-sdk";
import { memoryCache } from "@modelyard/cache-memory";
import { type ChatRequest, RouterError } from "@modelyard/core";
import { createGateway, toFetchHandler } from "@modelyard/gateway";
import { anthropic } from "@modelyard/providers-anthropic";
import { openai } from "@modelyard/providers-openai";
import { createRouter, type Router } from "@modelyard/router";
import { leastBusy } from "@modelyard/strategies";

const messages: ChatRequest["messages"] = [{ role: "user", content: "Hello" }];

async function contentOf(router: Router, model: string): Promise<unknown> {
  const answer = await router.completion({ model, messages });
  return answer.choices[0]?.message.content;
}

async function streamed(router: Router): Promise<string> {
  let text = "";
  for await (const chunk of await router.completion({ model: "claude", messages, stream: true }))
    text += chunk.choices[0]?.delta.content ?? "";
  return text;
}

async function kindOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    return await promise;
  } catch (thrown) {
    return RouterError.isInstance(thrown) ? thrown.kind : String(thrown);
  }
}

async function messageOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return "no error";
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
}

/** Reads the beginning of a stream that stalls, and aborts it. */
async function abort(router: Router): Promise<unknown> {
  const controller = new AbortController();
  const stream = await router.completion({ model: "stuck", messages, stream: true }, { signal: controller.signal });
  for await (const chunk of stream) {
    if ((chunk.choices[0]?.delta.content ?? "") !== "") controller.abort();
  }
  return "the stream ended";
}

/** The gzip encoding of a text. */
async function gzip(text: string): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function served(router: Router): Promise<unknown> {
  const handle = toFetchHandler(createGateway(router, { masterKey: "gateway-key" }));
  const ask = (model: string, stream: boolean): Promise<Response> =>
    handle("https://gateway.test/v1/chat/completions", {
      method: "POST",
      headers: { authorization: "Bearer gateway-key" },
      body: JSON.stringify({ model, stream, messages }),
    });
  const gzipped = await gzip(JSON.stringify({ model: "gpt-4", messages }));
  const sendEncoded = (body: BodyInit, encoding: string): Promise<Response> =>
    handle("https://gateway.test/v1/chat/completions", {
      method: "POST",
      headers: { authorization: "Bearer gateway-key", "content-encoding": encoding, "cache-control": "no-store" },
      body,
    });
  const encoded = await Promise.all([
    sendEncoded(gzipped, "gzip"),
    sendEncoded(gzipped.slice(0, -1), "gzip"),
    sendEncoded(gzipped, "compress"),
  ]);
  const plain = await ask("gpt-4", false);
  const again = await ask("gpt-4", false);
  const stream = await ask("gpt-4", true);
  const left = await ask("stuck-behind-the-gateway", true);
  const reader = left.body?.getReader();
  await reader?.read();
  await reader?.cancel();
  const { choices } = (await plain.json()) as { readonly choices: readonly { readonly message: object }[] };
  return {
    statuses: [plain.status, stream.status],
    encoded: encoded.map(({ status }) => status),
    message: choices[0]?.message,
    cache: [plain, again].map(({ headers }) => headers.get("x-modelyard-cache")),
    events: (await stream.text()).includes("data: [DONE]"),
  };
}

type SdkModel = ReturnType<ReturnType<typeof modelyard>>;
const prompt: Parameters<SdkModel["doGenerate"]>[0]["prompt"] = [
  { role: "user", content: [{ type: "text", text: "Hello" }] },
];

/** What a model of the AI SDK streams. */
async function partsOf(model: SdkModel): Promise<string> {
  const { stream } = await model.doStream({ prompt });
  const reader = stream.getReader();
  let text = "";
  for (let step = await reader.read(); !step.done; step = await reader.read())
    if (step.value.type === "text-delta") text += step.value.delta;
  return text;
}

/** The router as a provider of the AI SDK, and its models as deployments, the first of which fails. */
async function sdk(router: Router): Promise<unknown> {
  const claude = modelyard(router)("claude");
  const broken: SdkModel = { ...claude, provider: "broken", modelId: "broken", doGenerate, doStream: doGenerate };
  const spare: SdkModel = {
    ...broken,
    provider: "acme",
    doGenerate: (options) => claude.doGenerate(options),
    doStream: (options) => claude.doStream(options),
  };
  const ai = createModelyard({ models: { fast: broken, spare }, fallbacks: { fast: ["spare"] }, numRetries: 0 });
  const { content } = await ai("fast").doGenerate({ prompt });
  return { content, streamed: await partsOf(ai("fast")) };
}

async function doGenerate(): Promise<never> {
  throw new Error("broken");
}

/**
 * Tests what every platform must support, with scripted vendors. Runs on the platform itself, with the packed packages.
 * @param closed - an address that refuses connections
 */
export async function smoke(origin: string, closed: string): Promise<Readonly<Record<string, unknown>>> {
  const host = (name: string): string => `${origin}/${name}/v1`;
  const apiKey = "vendor-key";
  const router = createRouter({
    providers: [openai(), anthropic()],
    strategy: leastBusy(),
    numRetries: 1,
    responseCache: memoryCache(),
    modelList: [
      { modelName: "gpt-4", model: "openai/gpt-4", apiKey, apiBase: host("overloaded"), order: 1 },
      { modelName: "gpt-4", model: "openai/gpt-4", apiKey, apiBase: host("healthy"), order: 2 },
      { modelName: "claude", model: "anthropic/claude-sonnet-4-5", apiKey, apiBase: `${origin}/healthy` },
      { modelName: "stuck", model: "openai/gpt-4", apiKey, apiBase: host("stuck") },
      {
        modelName: "stuck-behind-the-gateway",
        model: "openai/gpt-4",
        apiKey,
        apiBase: host("stuck-behind-the-gateway"),
      },
      { modelName: "refused", model: "openai/gpt-4", apiKey, apiBase: closed },
      { modelName: "silent", model: "openai/gpt-4", apiKey, apiBase: host("silent") },
    ],
  });
  const results = {
    plain: await contentOf(router, "gpt-4"),
    anthropic: await contentOf(router, "claude"),
    stream: await streamed(router),
    aborted: await kindOf(abort(router)),
    timeout: await kindOf(router.completion({ model: "silent", messages }, { timeoutMs: 200, numRetries: 0 })),
    refused: await messageOf(router.completion({ model: "refused", messages }, { numRetries: 0 })),
    gateway: await served(router),
    sdk: await sdk(router),
  };
  await router.close();
  return results;
}
