// Tests that Responses pass through unchanged, and that calls are routed as safely as chats.
import { type Deployment, Secret } from "@modelyard/core";
import { Cancellation, type Transport, type TransportRequest } from "@modelyard/core/kit";
import { createRouter, type Router } from "@modelyard/router";
import {
  breaks,
  deploymentOptions,
  failure,
  makeCandidate,
  refuses,
  replies,
  startUpstream,
  type Upstream,
} from "@modelyard/testing";
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

function deploymentAt(baseUrl: string): Deployment {
  const { deployment } = makeCandidate({ id: "d" });
  return { ...deployment, connection: { ...deployment.connection, baseUrl, apiKey: new Secret("k") } };
}

function callWith(deployment: Deployment, requestText: string) {
  const request = JSON.parse(requestText) as { readonly model: string; readonly stream?: boolean };
  const rest = {
    cancellation: new Cancellation(),
    connectMs: 2_000,
    headersMs: 4_000,
    dropParams: false,
    now: () => 0,
  };
  return {
    deployment,
    model: "gpt-5.6",
    request: request as never,
    requestText,
    stream: request.stream === true,
    ...rest,
  };
}

describe("a request for a response", () => {
  const requests: TransportRequest[] = [];
  const transport: Transport = {
    send: (request) => {
      requests.push(request);
      return Promise.reject(new Error("recorded"));
    },
    close: () => Promise.resolve(),
  };

  it.each([
    ["openai", openai({ transport })],
    ["azure", azure({ transport })],
    ["xai", openaiCompatible({ name: "xai", transport })],
  ])("is sent to %s as it was written, with the vendor's name of the model", async (_, provider) => {
    const written = (model: string): string =>
      `{ "model":"${model}" ,"zz":{"b":1.0,"a":[ 12345678901234567890 ]},"stream": true,"input":"caf\\u00e9", "store":null }`;
    await failure<unknown>(
      provider.call("responses", callWith(deploymentAt("https://vendor.example/v1"), written("fast"))),
    );
    expect(requests.at(-1)?.body).toBe(written("gpt-5.6"));
  });

  it("is sent as it was written although the model is known to refuse a part of it, but not if it was a chat", async () => {
    const written = (model: string): string =>
      `{ "model":"${model}" ,"temperature": 0.20,"reasoning":{"effort":"high"}, "input":"Hi" }`;
    const call = callWith(deploymentAt("https://vendor.example/v1"), written("fast"));
    await failure<unknown>(openai({ transport }).call("responses", call));
    expect(requests.at(-1)?.body).toBe(written("gpt-5.6"));
    const sent = requests.length;
    const messages = [{ role: "user", content: "Hi" }];
    const chat = {
      ...call,
      request: { model: "fast", messages, temperature: 0.2, reasoning_effort: "high" } as never,
      requestText: undefined,
    };
    const refused = openai({ transport }).call("chat", {
      ...chat,
      deployment: { ...call.deployment, wire: "responses" },
    });
    expect(await failure(refused)).toMatchObject({ kind: "unsupported_params", param: "temperature" });
    expect(requests).toHaveLength(sent);
  });

  it("asks no model for its reasoning that does not reason, if that may be dropped", async () => {
    const sent = async (model: string, include: readonly string[]): Promise<unknown> => {
      const text = JSON.stringify({ model: "fast", input: "Hi", reasoning: { effort: "high" }, include });
      const call = { ...callWith(deploymentAt("https://vendor.example/v1"), text), model, dropParams: true };
      await failure<unknown>(openai({ transport }).call("responses", call));
      return (JSON.parse(String(requests.at(-1)?.body)) as Record<string, unknown>)["include"];
    };
    const reasoning = ["reasoning.encrypted_content"];
    const both = [...reasoning, "message.output_text.logprobs"];
    expect(await sent("gpt-4.1", reasoning)).toBeUndefined();
    expect([await sent("gpt-4.1", both), await sent("gpt-5.4", reasoning)]).toEqual([both, reasoning]);
  });

  it.each([
    [
      "https://r.openai.azure.com",
      "2025-04-01-preview",
      "/openai/responses/resp_1?api-version=2025-04-01-preview&limit=2",
    ],
    ["https://r.openai.azure.com", "2024-10-21", "/openai/v1/responses/resp_1?limit=2"],
  ])("that is stored at %s, version %s, is read below the path of Responses", async (baseUrl, apiVersion, path) => {
    const deployment = deploymentAt(baseUrl);
    const versioned = { ...deployment, connection: { ...deployment.connection, apiVersion } };
    const { cancellation, connectMs, headersMs, now, model } = callWith(versioned, "{}");
    const times = { connectMs, headersMs, now };
    const asked = { method: "GET", path: "/resp_1?limit=2" } as const;
    await failure<unknown>(
      azure({ transport }).resource?.("responses", {
        deployment: versioned,
        model,
        cancellation,
        ...times,
        ...asked,
      }) ?? Promise.resolve(),
    );
    expect(requests.at(-1)).toMatchObject({ method: "GET", path, headers: { "api-key": "k" } });
    expect(openaiCompatible({ name: "groq", transport }).resource).toBeUndefined();
  });

  it.each(["groq", "mistral"])("is translated into a chat for %s, which does not serve them", async (name) => {
    const call = callWith(deploymentAt("https://host.example/v1"), '{"model":"asked","input":"hi"}');
    await failure(openaiCompatible({ name, transport }).call("responses", call));
    const { path, body } = requests.at(-1) ?? {};
    expect(path).toBe("/v1/chat/completions");
    expect(JSON.parse(String(body))).toEqual({ model: "gpt-5.6", messages: [{ role: "user", content: "hi" }] });
  });
});

const answer =
  '{ "id" : "resp_1","object":"response","status":"completed","model":"gpt-5.6-2026","output":[ {"type":"vendor_item"} ],"usage":{"input_tokens":1,"output_tokens":2.0,"total_tokens":3}, "zz":1e2 }';
const stream = [
  'event: response.created\ndata: {"type":"response.created","sequence_number":0,"response":{ "id":"resp_1","status":"in_progress","output":[]}}',
  ": keep-alive",
  'event: response.vendor_news\ndata: {"type":"response.vendor_news","news": 1.0}',
  ...["caf\\u00e9", "日本", " 🙂", "plain"].map(
    (text, index) =>
      `event: response.output_text.delta\ndata: {"type":"response.output_text.delta","sequence_number":${String(index + 1)},"delta":"${text}","obfuscation":"${"x".repeat(index)}"}`,
  ),
  'event: response.completed\ndata: {"type":"response.completed","response":{"id":"resp_1","status":"completed","output":[],"usage":{"input_tokens":1,"output_tokens":2,"total_tokens":3}}}',
]
  .map((event) => `${event}\n\n`)
  .join("");

describe("an answer to a request for a response", () => {
  const call = (requestText: string) =>
    openai().call("responses", callWith(deploymentAt(upstream.url("a")), requestText));

  it("is passed on byte for byte", async () => {
    upstream.script({}, { body: answer });
    const result = await call('{"model":"fast","input":"hi"}');
    expect(result.kind === "answer" && result.bytes).toBe(answer);
  });

  it.each([undefined, 1, 7, [3, 90, 1, 40]])("is streamed byte for byte, in pieces of %j bytes", async (splitBytes) => {
    const split = splitBytes === undefined ? {} : { splitBytes };
    upstream.script({}, { body: stream, headers: { "content-type": "text/event-stream" }, ...split });
    const result = await call('{"model":"fast","input":"hi","stream":true}');
    if (result.kind !== "stream") throw new Error("a streamed call was answered as a whole");
    const pieces: Uint8Array[] = [];
    for await (const { bytes } of result.parts) if (bytes !== undefined) pieces.push(bytes);
    expect(Buffer.concat(pieces).toString()).toBe(stream);
  });
});

function routerOver(...hosts: readonly string[]): Router {
  return createRouter({
    providers: [openai()],
    numRetries: hosts.length - 1,
    modelList: hosts.map((host, index) => ({
      ...deploymentOptions(host),
      modelName: "fast",
      model: "openai/gpt-5.6",
      apiKey: "k",
      apiBase: `${upstream.url(host)}/v1`,
      order: index + 1,
    })),
  });
}

async function textIn(
  router: Router,
): Promise<{ readonly text: string; readonly routing: Awaited<ReturnType<Router["responses"]>>["routing"] }> {
  const events = await router.responses({ model: "fast", input: "hi", stream: true });
  let text = "";
  for await (const event of events) if (event.type === "response.output_text.delta") text += event.delta;
  return { text, routing: events.routing };
}

describe("a stream of a response", () => {
  it.each([
    ["an error in its stream", breaks("error_event_before_content")],
    ["a bad status", refuses(500)],
    ["a connection that breaks", breaks("reset_after_headers")],
    ["a stream that ends early", breaks("empty_body")],
    [
      "a response that failed at once",
      {
        body: 'event: response.failed\ndata: {"type":"response.failed","response":{"status":"failed","error":{"code":"server_error","message":"broke"}}}\n\n',
        headers: { "content-type": "text/event-stream" },
      },
    ],
  ])("is served by another deployment after %s, before the first content", async (_, broken) => {
    upstream.script({ host: "a" }, broken, broken);
    upstream.script({ host: "b" }, replies("served by b"));
    const { text, routing } = await textIn(routerOver("a", "b"));
    expect(text).toBe("served by b");
    expect(routing.usage).toMatchObject({ prompt_tokens: 9, completion_tokens: 12, total_tokens: 21 });
  });

  it.each([
    ["rate_limit_tokens", "rate_limit"],
    ["context_window", "context_window_exceeded"],
    ["server_error", "internal_server"],
  ] as const)("fails with the vendor's own error, %s, as %s", async (eventFailure, kind) => {
    upstream.script({}, breaks("error_event_before_content", { eventFailure }));
    expect(await failure(textIn(routerOver("a")))).toMatchObject({ kind, source: "provider" });
  });

  it("fails without another attempt after its first content", async () => {
    upstream.script({ host: "a" }, breaks("error_event_after_content", { text: "one two three", gapMs: 1 }));
    expect(await failure(textIn(routerOver("a", "b")))).toMatchObject({ source: "provider" });
    expect(upstream.calls).toHaveLength(1);
  });
});
