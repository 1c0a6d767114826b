// Tests what happens to requests that cannot be translated: those that are wrong, and those that only another deployment
// can serve.
import type { JsonObject } from "@modelyard/core";
import { createGateway, toFetchHandler } from "@modelyard/gateway";
import { startUpstream, type Upstream } from "@modelyard/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { routerFromYaml } from "../src/index.js";

let upstream: Upstream;
const proxies = new Map<string, Proxy>();
beforeAll(async () => {
  upstream = await startUpstream();
});
afterEach(() => {
  upstream.reset();
});
afterAll(async () => {
  for (const { close } of proxies.values()) await close();
  await upstream.close();
});

const wires = ["chat", "messages", "responses"] as const;
type Wire = (typeof wires)[number];

const models: Readonly<Record<Wire, string>> = {
  chat: "custom_openai/gpt",
  messages: "anthropic/claude-sonnet-4-5",
  responses: "openai/responses/gpt-5.4",
};
const paths: Readonly<Record<Wire, string>> = {
  chat: "chat/completions",
  messages: "messages",
  responses: "responses",
};

const recorded = ["attempt_started", "attempt_failed", "attempt_aborted", "fallback", "deployment_cooldown"] as const;

type Proxy = Awaited<ReturnType<typeof startProxy>>;

/** A proxy before two deployments at a vendor of one wire. The fallback is at a vendor of the caller's wire. */
async function proxy(caller: Wire, vendor: Wire): Promise<Proxy> {
  const name = `${caller} ${vendor}`;
  const started = proxies.get(name) ?? (await startProxy(caller, vendor));
  proxies.set(name, started);
  started.events.length = 0;
  return started;
}

async function startProxy(caller: Wire, vendor: Wire) {
  const line = (group: string, wire: Wire, host: string): string =>
    `  - { model_name: ${group}, litellm_params: { model: ${models[wire]}, api_key: k, api_base: "${upstream.url(host)}${wire === "messages" ? "" : "/v1"}" } }`;
  const events: string[] = [];
  const { router, close } = await routerFromYaml(
    `model_list:
${line("first", vendor, "one")}
${line("first", vendor, "two")}
${line("spare", caller, "spare")}
router_settings:
  num_retries: 2
  retry_policy: { BadRequestErrorRetries: 2 }
  allowed_fails: 0
  fallbacks: [{ first: [spare] }]
`,
    { env: {}, callbacks: [{ name: "recorder", events: recorded, on: ({ type }) => void events.push(type) }] },
  );
  const handler = toFetchHandler(createGateway(router));
  const post = async (request: JsonObject) => {
    const answer = await handler(
      new Request(`http://proxy/v1/${paths[caller]}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ model: "first", ...request }),
      }),
    );
    return { status: answer.status, text: await answer.text() };
  };
  return { router, events, post, close };
}

const hi = { role: "user", content: "hi" };

/** Requests that no vendor accepts, with the paths of what is wrong. */
const wrong: Readonly<Record<Wire, readonly (readonly [what: string, request: JsonObject, path: string])[]>> = {
  chat: [
    ["a result without its call", { messages: [hi, { role: "tool", content: "7" }] }, "messages[1].tool_call_id"],
    ["content of a wrong type", { messages: [{ role: "user", content: 7 }] }, "messages[0].content"],
    ["a message without content", { messages: [{ role: "user", content: null }] }, "messages[0].content"],
  ],
  messages: [
    [
      "a result without its call",
      {
        max_tokens: 9,
        messages: [{ role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_1", content: "7" }] }],
      },
      "messages[0].content[0]",
    ],
    [
      "a block without a type",
      { max_tokens: 9, messages: [{ role: "user", content: [{}] }] },
      "messages[0].content[0].type",
    ],
    [
      "a message without content",
      { max_tokens: 9, messages: [{ role: "user", content: null }] },
      "messages[0].content",
    ],
    ["no message", { max_tokens: 9, messages: [] }, "messages"],
  ],
  responses: [
    [
      "a result without its call",
      { input: [hi, { type: "function_call_output", call_id: "call_1", output: "7" }] },
      "input[1]",
    ],
    ["a message without content", { input: [{ role: "user" }] }, "input[0].content"],
    ["a tool without a name", { input: "hi", tools: [{ type: "function", parameters: {} }] }, "tools[0].name"],
  ],
};

/** Requests that are right, but cannot be translated. */
const foreign: Readonly<Record<Wire, readonly (readonly [what: string, request: JsonObject])[]>> = {
  chat: [
    ["a newer effort", { messages: [hi], reasoning_effort: "ultra" }],
    ["a newer part", { messages: [{ role: "user", content: [{ type: "text", text: "hi" }, { type: "new" }] }] }],
  ],
  messages: [
    [
      "a newer source of documents",
      {
        max_tokens: 9,
        messages: [{ role: "user", content: [{ type: "document", source: { type: "vault", id: "v" } }] }],
      },
    ],
    [
      "a newer block",
      { max_tokens: 9, messages: [{ role: "user", content: [{ type: "text", text: "hi" }, { type: "new" }] }] },
    ],
    ["an effort that a newer model has", { max_tokens: 9, messages: [hi], output_config: { effort: "ultra" } }],
  ],
  responses: [
    ["a stored prompt", { prompt: { id: "pmpt_1" } }],
    [
      "the result of a call that the vendor stores",
      {
        previous_response_id: "resp_1",
        input: [{ type: "function_call_output", call_id: "call_1", output: "7" }],
      },
    ],
    ["a newer item", { input: [hi, { type: "new", a: 1 }] }],
    ["a newer kind of format", { input: "hi", text: { format: { type: "grammar", syntax: "lark" } } }],
  ],
};

const crossings = wires.flatMap((caller) =>
  wires.filter((vendor) => vendor !== caller).map((vendor) => [caller, vendor] as const),
);
const cases = <Row>(rows: Readonly<Record<Wire, readonly Row[]>>) =>
  crossings.flatMap(([caller, vendor]) =>
    rows[caller].flatMap((row) => [false, true].map((stream) => ({ caller, vendor, row, stream }))),
  );

describe("a request that is wrong", () => {
  it.each(
    cases(wrong).map(
      (made) => [made.row[0], made.stream ? "streamed" : "plain", made.caller, made.vendor, made] as const,
    ),
  )(
    "is refused at once, with its path: %s (%s, %s before a vendor of %s)",
    async (_what, _stream, caller, vendor, { row: [, request, path], stream }) => {
      const { router, events, post } = await proxy(caller, vendor);
      const { status, text } = await post({ ...request, stream });
      expect([status, upstream.calls]).toEqual([400, []]);
      const { type, error } = JSON.parse(text) as { readonly type?: string; readonly error: JsonObject };
      expect([type, error["type"]]).toEqual([caller === "messages" ? "error" : undefined, "invalid_request_error"]);
      expect(`${String(error["param"])} ${String(error["message"])}`).toContain(path);
      // One attempt, which says nothing about its deployment.
      expect(events).toEqual(["attempt_started", "attempt_aborted"]);
      const states = router.state().groups.flatMap(({ deployments }) => deployments);
      expect(states.map(({ health, failures, used }) => [health, failures, used.requests])).toEqual(
        Array.from(states, () => ["healthy", 0, 0]),
      );
    },
  );
});

describe("a request that only a deployment of the caller's API can serve", () => {
  it.each(
    cases(foreign).map(
      (made) => [made.row[0], made.stream ? "streamed" : "plain", made.caller, made.vendor, made] as const,
    ),
  )(
    "falls back to it: %s (%s, %s before a vendor of %s)",
    async (_what, _stream, caller, vendor, { row: [, request], stream }) => {
      const { post } = await proxy(caller, vendor);
      expect((await post({ ...request, stream })).status).toBe(200);
      expect(upstream.calls.map(({ host }) => host)).toEqual(["spare"]);
    },
  );
});

describe("a built-in tool of one vendor", () => {
  it.each([
    ["messages", "chat", { max_tokens: 9, messages: [hi], tools: [{ type: "memory_20250818", name: "memory" }] }],
    ["messages", "responses", { max_tokens: 9, messages: [hi], tools: [{ type: "memory_20250818", name: "memory" }] }],
    ["responses", "chat", { input: "hi", tools: [{ type: "code_interpreter", container: { type: "auto" } }] }],
    ["responses", "messages", { input: "hi", tools: [{ type: "file_search", vector_store_ids: ["vs_1"] }] }],
  ] as const)(
    "is named by its path, with the fix, if no deployment has it (%s before a vendor of %s)",
    async (caller, vendor, request) => {
      const { post } = await proxy(caller, vendor);
      const { status, text } = await post({ ...request, disable_fallbacks: true });
      expect([status, upstream.calls]).toEqual([400, []]);
      expect(text).toMatch(/with tools\[0\]: .*Omit it/u);
      expect((await post(request)).status).toBe(200);
      expect(upstream.calls.map(({ host }) => host)).toEqual(["spare"]);
    },
  );
});
