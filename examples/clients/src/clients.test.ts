import Anthropic from "@anthropic-ai/sdk";
import { failure, refuses, replies, startUpstream, type Upstream } from "@modelyard/testing";
import { generateText, type LanguageModel, streamText } from "ai";
import OpenAI from "openai";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";

interface Ask {
  readonly signal?: AbortSignal;
}

/** A client of the page, as its users call it. */
interface Client {
  readonly name: string;
  ask(options?: Ask): Promise<string | null | undefined>;
  stream(options?: Ask): AsyncIterable<string | null | undefined>;
}

const content = "What is the capital of France?";
const messages = [{ role: "user" as const, content }];

function chatClient(name: string, load: () => Promise<{ readonly client: OpenAI }>): Client {
  return {
    name,
    ask: async (options) => {
      const { client } = await load();
      const answer = await client.chat.completions.create({ model: "fast", messages }, options);
      return answer.choices[0]?.message.content;
    },
    stream: async function* stream(options) {
      const { client } = await load();
      const chunks = await client.chat.completions.create({ model: "fast", messages, stream: true }, options);
      for await (const chunk of chunks) yield chunk.choices[0]?.delta.content;
    },
  };
}

const responsesClient: Client = {
  name: "new OpenAI, Responses",
  ask: async (options) => {
    const { client } = await import("./openai.js");
    return (await client.responses.create({ model: "fast", input: content, store: false }, options)).output_text;
  },
  stream: async function* stream(options) {
    const { client } = await import("./openai.js");
    const body = { model: "fast", input: content, store: false, stream: true as const };
    for await (const event of await client.responses.create(body, options))
      if (event.type === "response.output_text.delta") yield event.delta;
  },
};

const anthropicClient: Client = {
  name: "new Anthropic",
  ask: async (options) => {
    const { client } = await import("./anthropic.js");
    const answer = await client.messages.create({ model: "fast", max_tokens: 1_000, messages }, options);
    return answer.content.map((block) => (block.type === "text" ? block.text : "")).join("");
  },
  stream: async function* stream(options) {
    const { client } = await import("./anthropic.js");
    const body = { model: "fast", max_tokens: 1_000, messages, stream: true as const };
    for await (const event of await client.messages.create(body, options))
      if (event.type === "content_block_delta" && event.delta.type === "text_delta") yield event.delta.text;
  },
};

function langChainModel(name: "anthropic" | "openai"): Client {
  const load = async () => (await import("./langchain.js"))[name];
  return {
    name: `LangChain, ${name}`,
    ask: async (options) => (await (await load()).invoke(content, options)).text,
    stream: async function* stream(options) {
      for await (const chunk of await (await load()).stream(content, options)) yield chunk.text;
    },
  };
}

function aiSdkModel(name: string, load: () => Promise<LanguageModel>): Client {
  const settings = async ({ signal }: Ask = {}) => ({
    model: await load(),
    prompt: content,
    maxRetries: 0,
    maxOutputTokens: 1_000,
    ...(signal === undefined ? {} : { abortSignal: signal }),
  });
  return {
    name: `AI SDK, ${name}`,
    ask: async (options) => (await generateText(await settings(options))).text,
    stream: async function* stream(options) {
      for await (const part of streamText({ ...(await settings(options)), onError: () => undefined }).stream) {
        if (part.type === "text-delta") yield part.text;
        if (part.type === "error") throw part.error;
        if (part.type === "abort") throw new Error("aborted");
      }
    },
  };
}

const agents: Client = {
  name: "OpenAI's Agents SDK",
  ask: async (options) => {
    const { agent, runner } = await import("./openai-agents.js");
    return (await runner.run(agent, content, options)).finalOutput;
  },
  stream: async function* stream(options) {
    const { agent, runner } = await import("./openai-agents.js");
    const result = await runner.run(agent, content, { ...options, stream: true });
    yield* result.toTextStream();
    await result.completed;
    if (options?.signal?.aborted === true) throw new Error("aborted");
  },
};

const clients: readonly Client[] = [
  chatClient("new OpenAI", () => import("./openai.js")),
  responsesClient,
  chatClient("new AzureOpenAI", () => import("./azure-openai.js")),
  anthropicClient,
  langChainModel("openai"),
  langChainModel("anthropic"),
  aiSdkModel("createOpenAI", async () => (await import("./ai-sdk.js")).openai("fast")),
  aiSdkModel("createOpenAI, chat", async () => (await import("./ai-sdk.js")).openai.chat("fast")),
  aiSdkModel("createAnthropic", async () => (await import("./ai-sdk.js")).anthropic("fast")),
  aiSdkModel("createOpenAICompatible", async () => (await import("./ai-sdk.js")).compatible("fast")),
  agents,
];

const text = "Paris is the capital of France.";
let upstream: Upstream;

beforeAll(async () => {
  upstream = await startUpstream();
  vi.stubEnv("OPENAI_API_KEY", "openai-key");
  vi.stubEnv("OPENAI_BASE_URL", `${upstream.url("openai")}/v1`);
  vi.stubEnv("ANTHROPIC_API_KEY", "anthropic-key");
  vi.stubEnv("ANTHROPIC_BASE_URL", upstream.url("anthropic"));
  // On Node the router does not use it, so a call of it would be a client's way to the network.
  vi.stubGlobal("fetch", () => Promise.reject(new Error("A client used the network.")));
});
afterEach(() => {
  upstream.reset();
});
afterAll(async () => {
  const { router } = await import("./router.js");
  await router.close();
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  await upstream.close();
});

/** The status of an answer that an error is about, wherever its client keeps it. */
function statusOf(error: unknown): unknown {
  const { status, statusCode, cause } = error as { status?: unknown; statusCode?: unknown; cause?: unknown };
  return status ?? statusCode ?? (cause === undefined ? undefined : statusOf(cause));
}

async function join(stream: AsyncIterable<string | null | undefined>): Promise<string> {
  let whole = "";
  for await (const piece of stream) whole += piece ?? "";
  return whole;
}

describe.each(clients)("a client whose fetch is the router: $name", ({ ask, stream }) => {
  it("gets an answer, and the vendor sees the router's key", async () => {
    upstream.script({ host: "openai" }, replies(text));
    expect(await ask()).toBe(text);
    expect(upstream.calls[0]?.headers["authorization"]).toBe("Bearer openai-key");
  });

  it("gets a stream", async () => {
    upstream.script({ host: "openai" }, replies(text));
    expect(await join(stream())).toBe(text);
  });

  it("gets the answer of another vendor if the first one fails, plain and streamed", async () => {
    upstream.script({ host: "openai" }, refuses("context_window"));
    upstream.script({ host: "anthropic" }, replies(text));
    expect(await ask()).toBe(text);
    expect(await join(stream())).toBe(text);
  });

  it("throws its error if no vendor can serve, plain and streamed", async () => {
    upstream.script({}, refuses("context_window"));
    expect(statusOf(await failure<unknown>(ask()))).toBe(400);
    expect(statusOf(await failure<unknown>(join(stream())))).toBe(400);
  });

  it("stops the vendor when it aborts a call", async () => {
    upstream.script({ host: "openai" }, { delayMs: 60_000 });
    const controller = new AbortController();
    const asked = failure<unknown>(ask({ signal: controller.signal }));
    const [call] = await upstream.waitForCalls(1);
    controller.abort();
    expect(await asked).toBeInstanceOf(Error);
    expect((await upstream.waitForClose(call!)).closedByClientAt).toBeDefined();
  });

  it("stops the vendor when it aborts a stream", async () => {
    upstream.script({ host: "openai" }, replies("one two three", { gapMs: 60_000 }));
    const controller = new AbortController();
    const read = async (): Promise<void> => {
      for await (const piece of stream({ signal: controller.signal })) if ((piece ?? "") !== "") controller.abort();
    };
    await read().catch(() => undefined);
    const [call] = await upstream.waitForCalls(1);
    expect((await upstream.waitForClose(call!)).closedByClientAt).toBeDefined();
  });
});

describe("errors of a client whose fetch is the router", () => {
  it("have the client's own classes", async () => {
    upstream.script({}, refuses("context_window"));
    const { ask } = await import("./openai.js");
    expect(await failure<unknown>(ask(content))).toBeInstanceOf(OpenAI.BadRequestError);
    expect(await failure<unknown>(anthropicClient.ask())).toBeInstanceOf(Anthropic.BadRequestError);
  });

  it("say so if the client calls an API that the router does not have", async () => {
    const { client } = await import("./openai.js");
    expect(await failure<unknown>(client.files.list())).toMatchObject({ status: 404, code: "unknown_route" });
  });
});

it("the example of a call on the page answers a question", async () => {
  const { ask } = await import("./openai.js");
  upstream.script({ host: "openai" }, replies(text));
  expect(await ask(content)).toBe(text);
});
