// Tests over which API a deployment is asked, and what is learned from its refusals.
import type { JsonObject } from "@modelyard/core";
import { createRouter, type CreateRouterOptions, type Router } from "@modelyard/router";
import { failure, refuses, replies, startUpstream, type Upstream } from "@modelyard/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { azure, openai, openaiCompatible } from "../src/factories.js";

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream();
});
afterEach(() => {
  upstream.reset();
});
afterAll(() => upstream.close());

type Entry = CreateRouterOptions["modelList"][number];

function optionsWith(model: string, more: Partial<Entry> = {}): CreateRouterOptions {
  const apiBase = upstream.url("a");
  return {
    providers: [openai(), azure(), openaiCompatible({ name: "groq" })],
    numRetries: 0,
    maxAttempts: 1,
    modelList: [{ modelName: "fast", model, apiKey: "k", apiBase, ...more }],
  };
}

const tools = [{ type: "function", function: { name: "f", parameters: { type: "object", properties: {} } } }] as const;
const messages = [{ role: "user", content: "hi" }] as const;

async function chat(router: Router, more: object = {}) {
  const answer = await router.completion({ model: "fast", messages, ...more } as never);
  const { choices, routing } = answer as unknown as {
    readonly choices: readonly [{ readonly message: { readonly content: string } }];
    readonly routing: Awaited<ReturnType<Router["responses"]>>["routing"];
  };
  return { text: choices[0].message.content, routing };
}

async function streamedChat(router: Router, more: object = {}): Promise<string> {
  let text = "";
  const stream = await router.completion({ model: "fast", messages, stream: true, ...more } as never);
  for await (const chunk of stream as unknown as AsyncIterable<JsonObject>)
    text += (chunk["choices"] as readonly { readonly delta: { readonly content?: string } }[])[0]?.delta.content ?? "";
  return text;
}

/** The last parts of the paths that were called. */
function paths(): readonly string[] {
  return upstream.calls.map(({ path }) => /\/(?:chat\/completions|responses|messages)/u.exec(path)?.[0] ?? path);
}

/** Refuses chats in OpenAI's words, and answers responses. */
function refuseChats(status: number, message: string): void {
  const body = JSON.stringify({ error: { message, type: "invalid_request_error", param: "model", code: null } });
  upstream.script({ operation: "chat" }, ...Array.from({ length: 9 }, () => refuses(status, { body })));
  upstream.script({ operation: "responses" }, ...Array.from({ length: 9 }, () => replies("over responses")));
}

const onlyResponses = "This model is only supported in v1/responses and not in v1/chat/completions.";
const noTools =
  "Function tools with reasoning_effort are not supported for x in /v1/chat/completions. Please use /v1/responses instead.";

describe("explain of a router", () => {
  // At their vendors' own addresses, since the rules by name are OpenAI's.
  const wiresOf = (model: string, request: JsonObject = {}): unknown => {
    const router = createRouter({ ...optionsWith(model), modelList: [{ modelName: "fast", model, apiKey: "k" }] });
    return router.explain("fast", { request }).deployments[0]?.wires["chat"];
  };

  it("shows which chats go over another API than most, and why", () => {
    expect(wiresOf("openai/gpt-5.6")).toEqual({
      operation: "chat",
      why: expect.any(String) as string,
      exceptions: [
        {
          when: "with tools",
          operation: "responses",
          why: expect.stringContaining("does not call functions") as string,
        },
        { when: "with tools and reasoning_effort none", operation: "chat", why: expect.any(String) as string },
      ],
    });
    expect(wiresOf("openai/gpt-5.4")).toMatchObject({
      exceptions: [{ when: "with tools and reasoning_effort medium", operation: "responses" }],
    });
    for (const model of ["openai/gpt-4o", "groq/gpt-5.6", "openai/o3-pro"])
      expect(wiresOf(model) ?? {}).not.toHaveProperty("exceptions");
  });

  it("only tries what a sample call does not say itself", () => {
    expect(wiresOf("openai/gpt-5.6", { tools })).toMatchObject({
      operation: "responses",
      exceptions: [{ when: "with tools and reasoning_effort none", operation: "chat" }],
    });
    expect(wiresOf("openai/gpt-5.6", { tools, reasoning_effort: "none" })).not.toHaveProperty("exceptions");
  });

  it("shows which chats stay on chat completions where all others are made over Responses", () => {
    const router = createRouter({ ...optionsWith("openai/x"), chatOverResponses: true });
    expect(router.explain("fast").deployments[0]?.wires["chat"]).toMatchObject({
      operation: "responses",
      exceptions: [{ when: "with stop", operation: "chat" }],
    });
  });
});

describe("a chat that OpenAI serves over Responses only", () => {
  it.each(["openai/x", "azure/x"])("is asked again there within one attempt, and remembered: %s", async (model) => {
    refuseChats(404, onlyResponses);
    const router = createRouter(optionsWith(model));
    const { text, routing } = await chat(router);
    expect([text, paths()]).toEqual(["over responses", ["/chat/completions", "/responses"]]);
    expect(routing).toMatchObject({ retries: 0, fallbacks: 0 });
    expect(routing.attempts).toMatchObject([{ outcome: "success", wire: { operation: "responses" } }]);
    expect(routing.attempts[0]?.wire?.why).toContain("refused");
    await chat(router);
    expect(await streamedChat(router)).toBe("over responses");
    expect(paths().slice(2)).toEqual(["/responses", "/responses"]);
    expect(router.explain("fast").deployments[0]?.wires["chat"]).toMatchObject({ operation: "responses" });
  });

  it("is asked again there for a stream, too", async () => {
    refuseChats(400, onlyResponses);
    expect(await streamedChat(createRouter(optionsWith("openai/x")))).toBe("over responses");
    expect(paths()).toEqual(["/chat/completions", "/responses"]);
  });

  it("is asked over chat completions again after the configuration has changed", async () => {
    refuseChats(404, onlyResponses);
    const router = createRouter(optionsWith("openai/x"));
    await chat(router);
    const { modelList } = optionsWith("openai/x");
    router.update({ config: { modelList } });
    await chat(router);
    expect(paths()).toEqual(["/chat/completions", "/responses", "/chat/completions", "/responses"]);
  });

  it("teaches nothing about chats without tools if the refusal is about tools", async () => {
    refuseChats(400, noTools);
    const router = createRouter(optionsWith("openai/x"));
    const more = { tools, reasoning_effort: "low" };
    await chat(router, more);
    await chat(router, more);
    expect(paths()).toEqual(["/chat/completions", "/responses", "/responses"]);
    upstream.reset();
    expect((await chat(router)).text).toBe("Hello from upstream");
    expect(paths()).toEqual(["/chat/completions"]);
  });

  it("fails with the first refusal if Responses refuses it, too, and is not remembered", async () => {
    refuseChats(404, onlyResponses);
    upstream.reset();
    const body = JSON.stringify({
      error: { message: "This is not a chat model. Did you mean v1/completions?", code: null },
    });
    upstream.script({}, refuses(404, { body }), refuses(400), refuses(404, { body }), refuses(400));
    const router = createRouter(optionsWith("openai/old"));
    for (let turn = 0; turn < 2; turn += 1) expect((await failure(chat(router))).message).toContain("not a chat model");
    expect(paths()).toEqual(["/chat/completions", "/responses", "/chat/completions", "/responses"]);
  });

  it("fails at other hosts, which only repeat what OpenAI said", async () => {
    refuseChats(404, onlyResponses);
    expect((await failure(chat(createRouter(optionsWith("groq/x"))))).message).toContain("v1/responses");
    expect(paths()).toEqual(["/chat/completions"]);
  });

  it("fails with other refusals at once", async () => {
    upstream.script({}, refuses(400));
    await failure(chat(createRouter(optionsWith("openai/x"))));
    expect(paths()).toEqual(["/chat/completions"]);
  });
});

describe("a response", () => {
  it.each([404, 405])("is asked for over chat completions where there are no Responses, by a %i", async (status) => {
    const missing = refuses(status, { body: JSON.stringify({ detail: "Not Found" }) });
    upstream.script({ operation: "responses" }, missing, missing);
    const router = createRouter(optionsWith("openai/x"));
    const ask = () => router.responses({ model: "fast", input: "hi" });
    const answer = await ask();
    expect(answer).toMatchObject({ object: "response", status: "completed" });
    expect(answer.routing.attempts).toMatchObject([{ outcome: "success", wire: { operation: "chat" } }]);
    await ask();
    expect(paths()).toEqual(["/responses", "/chat/completions", "/chat/completions"]);
  });

  it("is not asked for over chat completions if the 404 is about the model", async () => {
    const body = JSON.stringify({ error: { message: "The model `x` does not exist.", code: "model_not_found" } });
    upstream.script({}, refuses(404, { body }));
    await failure(createRouter(optionsWith("openai/x")).responses({ model: "fast", input: "hi" }));
    expect(paths()).toEqual(["/responses"]);
  });
});

describe("a deployment over Responses", () => {
  it.each([
    ["openai/responses/x", {}],
    ["azure/responses/x", {}],
    ["azure/responses/gpt5_series/x", {}],
    ["openai/x", { wire: "responses" }],
    ["groq/x", { wire: "responses" }],
    ["openai/x", { info: { mode: "responses" } }],
    ["groq/x", { info: { supported_endpoints: ["/v1/responses"] } }],
    ["azure/gpt-5-codex", {}],
    ["azure/prod", { baseModel: "azure/o3-pro" }],
  ] as const)("answers chats and messages, with the vendor's name of the model: %s, %j", async (model, more) => {
    const router = createRouter(optionsWith(model, more));
    expect((await chat(router)).text).toBe("Hello from upstream");
    const answer = await router.messages({ model: "fast", max_tokens: 99, messages });
    expect(answer).toMatchObject({ type: "message", content: [{ type: "text", text: "Hello from upstream" }] });
    expect(paths()).toEqual(["/responses", "/responses"]);
    expect(upstream.calls.map((call) => call.body["model"])).toEqual(
      Array.from({ length: 2 }, () => model.split("/").at(-1)),
    );
  });

  it("can be set for all chats of the provider openai", async () => {
    await chat(createRouter({ ...optionsWith("openai/x"), chatOverResponses: true }));
    await chat(createRouter({ ...optionsWith("groq/x"), chatOverResponses: true }));
    expect(paths()).toEqual(["/responses", "/chat/completions"]);
  });

  it("can be turned off for calls of Messages", async () => {
    const router = createRouter({ ...optionsWith("azure/x"), messagesOverChat: true });
    await router.messages({ model: "fast", max_tokens: 99, messages });
    expect(paths()).toEqual(["/chat/completions"]);
  });

  it("is an error if the provider does not have that API", () => {
    expect(() => createRouter(optionsWith("openai/x", { wire: "messages" }))).toThrow("Set wire to chat or responses");
  });
});

describe("a call of Messages over Responses", () => {
  it.each([
    ["openai/responses/gpt-5.6", true],
    ["azure/responses/o3-pro", true],
    ["openai/responses/gpt-4o", false],
    ["openai/responses/my-model", false],
  ])(
    "asks for encrypted reasoning if the name is that of a reasoning model, at any address: %s",
    async (model, asks) => {
      const router = createRouter(optionsWith(model));
      await router.messages({ model: "fast", max_tokens: 99, messages });
      const include = upstream.calls[0]?.body["include"];
      expect(include).toEqual(asks ? ["reasoning.encrypted_content"] : undefined);
      await router.close();
    },
  );
});
