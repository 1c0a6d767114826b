// Tests conversations whose reasoning a vendor cannot read, since another account, model or vendor made it.
import type { JsonObject } from "@modelyard/core";
import { createGateway, toFetchHandler } from "@modelyard/gateway";
import { type Behavior, callsTools, refuses, replies, startUpstream, type Upstream } from "@modelyard/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Router, routerFromYaml } from "../src/index.js";

let upstream: Upstream;
const closing: (() => Promise<void>)[] = [];
beforeAll(async () => {
  upstream = await startUpstream();
});
afterEach(async () => {
  upstream.reset();
  for (const close of closing.splice(0)) await close();
});
afterAll(() => upstream.close());

/** Recorded refusals. Sources: openai/codex#8145, openai/openai-agents-python#2063, anthropics/claude-code#10627. */
const refusals = {
  openai: {
    message: "The encrypted content gAAA...DQ== could not be verified.",
    type: "invalid_request_error",
    param: null,
    code: "invalid_encrypted_content",
  },
  azure: {
    message: "The encrypted content gAAA...wXBV could not be verified.",
    type: "invalid_request_error",
    param: null,
    code: null,
  },
  anthropic: {
    type: "invalid_request_error",
    message: "messages.1.content.0: Invalid `signature` in `thinking` block",
  },
} as const;
type Vendor = keyof typeof refusals;
const refusal = (vendor: Vendor): Behavior =>
  refuses(400, {
    body: JSON.stringify({ ...(vendor === "anthropic" ? { type: "error" } : {}), error: refusals[vendor] }),
  });
const models: Readonly<Record<Vendor, string>> = {
  openai: "openai/responses/gpt-5.5",
  azure: "azure/responses/gpt-5.5",
  anthropic: "anthropic/claude-sonnet-4-5",
};

type Surface = "chat/completions" | "messages" | "responses";

/** A proxy before two deployments at one account, which cool down after a bad request, unless the request was at fault. */
async function proxy(vendor: Vendor, settings = "") {
  const address = `${upstream.url("a")}${vendor === "anthropic" ? "" : "/v1"}`;
  const { router, close } = await routerFromYaml(
    `model_list:
  - model_name: fast
    litellm_params: { model: ${models[vendor]}, api_key: k, api_base: "${address}" }
    model_info: { id: one }
  - model_name: fast
    litellm_params: { model: ${models[vendor]}, api_key: k, api_base: "${address}" }
    model_info: { id: two }
router_settings:
  num_retries: 0
  allowed_fails_policy: { BadRequestErrorAllowedFails: 0 }
${settings}`,
    { env: {} },
  );
  closing.push(close);
  const handle = toFetchHandler(createGateway(router, { masterKey: "sk-client" }));
  const ask = async (surface: Surface, body: JsonObject) => {
    const response = await handle(`http://gateway/v1/${surface}`, {
      method: "POST",
      headers: { authorization: "Bearer sk-client", "content-type": "application/json" },
      body: JSON.stringify({ model: "fast", ...body }),
    });
    const { status, headers } = response;
    return { status, dropped: headers.get("x-modelyard-dropped"), headers, text: await response.text() };
  };
  return { ask, router };
}

/** The deployments that are not healthy. */
const cooling = (router: Router): readonly string[] =>
  router
    .state()
    .groups.flatMap(({ deployments }) => deployments)
    .filter(({ health, failures }) => health !== "healthy" || failures > 0)
    .map(({ id }) => id);

const bodies = (): readonly JsonObject[] => upstream.calls.map(({ body }) => body);
const sent = (): readonly string[] => bodies().map((body) => JSON.stringify(body));

const tools = [{ name: "read", input_schema: { type: "object", properties: {} } }];
/** As a coding agent sends it after a tool ran. */
const messages: JsonObject = {
  max_tokens: 9_000,
  thinking: { type: "enabled", budget_tokens: 2_000 },
  context_management: {
    edits: [{ type: "clear_thinking_20251015", keep: "all" }, { type: "clear_tool_uses_20250919" }],
  },
  tools,
  messages: [
    { role: "user", content: "first" },
    { role: "assistant", content: [{ type: "redacted_thinking", data: "foreign-2" }] },
    { role: "user", content: "second" },
    {
      role: "assistant",
      content: [
        { type: "thinking", thinking: "hm", signature: "foreign-1" },
        { type: "tool_use", id: "toolu_1", name: "read", input: {} },
      ],
    },
    { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_1", content: "done" }] },
  ],
};
const responses: JsonObject = {
  store: false,
  include: ["reasoning.encrypted_content"],
  input: [
    { role: "user", content: "first" },
    { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "foreign-1" },
    { type: "function_call", id: "fc_1", call_id: "call_1", name: "read", arguments: "{}" },
    { type: "function_call_output", id: "fco_1", call_id: "call_1", output: "done" },
  ],
};

describe("a conversation that moves to another vendor", () => {
  /** Two groups, so that a caller can choose the vendor of each turn. */
  async function both() {
    const { router, close } = await routerFromYaml(
      `model_list:
  - { model_name: gpt, litellm_params: { model: openai/responses/gpt-5.5, api_key: k, api_base: "${upstream.url("a")}/v1" } }
  - { model_name: claude, litellm_params: { model: anthropic/claude-sonnet-4-5, api_key: k, api_base: "${upstream.url("b")}" } }
`,
      { env: {} },
    );
    closing.push(close);
    const handle = toFetchHandler(createGateway(router));
    return async (surface: Surface, body: JsonObject) => {
      const response = await handle(`http://gateway/v1/${surface}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      return { answer: (await response.json()) as JsonObject, dropped: response.headers.get("x-modelyard-dropped") };
    };
  }

  it.each([
    ["responses", "claude", "gpt", "input[]"],
    ["messages", "gpt", "claude", "messages[].content[]"],
  ] as const)("leaves out what that one cannot read, on %s from %s to %s", async (surface, first, second, path) => {
    const ask = await both();
    const fields =
      surface === "responses" ? { store: false, include: ["reasoning.encrypted_content"] } : { max_tokens: 99 };
    const turns = surface === "responses" ? "input" : "messages";
    const user = { role: "user", content: "hi" };
    const said = ({ output, content }: JsonObject): readonly unknown[] =>
      surface === "responses" ? (output as readonly unknown[]) : [{ role: "assistant", content }];
    upstream.script({}, replies("yes", { reasoning: "hm" }));
    const one = await ask(surface, { model: first, ...fields, [turns]: [user] });
    const two = await ask(surface, { model: second, ...fields, [turns]: [user, ...said(one.answer), user] });
    const history = [user, ...said(one.answer), user, ...said(two.answer), user];
    const three = await ask(surface, { model: second, ...fields, [turns]: history });
    expect(upstream.calls).toHaveLength(3);
    expect(sent().map((body) => body.includes("mdy1."))).toEqual([false, false, false]);
    expect([two.dropped, three.dropped]).toEqual([path, path]);
    // Its own reasoning comes back.
    expect(sent()[2]).toContain(surface === "responses" ? "c2VhbGVk" : "c2lnbmF0dXJl");
  });
});

describe.each([false, true])("a conversation with reasoning that the vendor cannot read (stream: %s)", (stream) => {
  it("goes on without thinking blocks on Messages, and says so", async () => {
    upstream.script({}, refusal("anthropic"), replies("went on"));
    const { ask } = await proxy("anthropic");
    const { status, text, dropped } = await ask("messages", { ...messages, stream });
    expect([status, text]).toEqual([200, expect.stringContaining("went")]);
    expect(dropped).toBe("messages[].content[], thinking, context_management.edits[]");
    const [before, after] = bodies();
    expect(before).toMatchObject(messages);
    expect(after).toMatchObject({
      context_management: { edits: [{ type: "clear_tool_uses_20250919" }] },
      messages: [
        { role: "user", content: "first" },
        { role: "user", content: "second" },
        { role: "assistant", content: [{ type: "tool_use", id: "toolu_1", name: "read", input: {} }] },
        { role: "user", content: [{ type: "tool_result" }] },
      ],
    });
    expect(after).not.toHaveProperty("thinking");
  });

  it("keeps thinking on where no result of a tool follows", async () => {
    upstream.script({}, refusal("anthropic"), replies("went on"));
    const { ask } = await proxy("anthropic");
    const turns = [...(messages["messages"] as readonly unknown[]), { role: "user", content: "go on" }];
    expect((await ask("messages", { ...messages, messages: turns, stream })).dropped).toBe("messages[].content[]");
    expect(bodies()[1]).toMatchObject({ thinking: { type: "enabled" } });
  });

  it.each(["openai", "azure"] as const)("goes on without items of reasoning on Responses at %s", async (vendor) => {
    upstream.script({}, refusal(vendor), replies("went on"));
    const { ask } = await proxy(vendor);
    const { status, text, dropped } = await ask("responses", { ...responses, stream });
    expect([status, text, dropped]).toEqual([200, expect.stringContaining("went"), "input[]"]);
    expect(bodies()[0]).toMatchObject(responses);
    expect(bodies()[1]?.["input"]).toEqual([
      { role: "user", content: "first" },
      { type: "function_call", call_id: "call_1", name: "read", arguments: "{}" },
      { type: "function_call_output", id: "fco_1", call_id: "call_1", output: "done" },
    ]);
  });

  it("goes on where Messages are translated to Responses", async () => {
    const { ask } = await proxy("openai");
    upstream.script({}, replies("first", { reasoning: "hm" }));
    const { text } = await ask("messages", { max_tokens: 99, messages: [{ role: "user", content: "hi" }] });
    const { content } = JSON.parse(text) as { readonly content: readonly JsonObject[] };
    upstream.reset();
    upstream.script({}, refusal("openai"), replies("went on"));
    const turns = [
      { role: "user", content: "hi" },
      { role: "assistant", content },
      { role: "user", content: "go on" },
    ];
    const second = await ask("messages", { max_tokens: 99, messages: turns, stream });
    expect([second.status, second.dropped]).toEqual([200, expect.stringContaining("messages[].content[]")]);
    expect(sent().map((body) => body.includes("c2VhbGVk"))).toEqual([true, false]);
  });

  it("goes on where Responses are translated to Messages", async () => {
    const { ask } = await proxy("anthropic");
    upstream.script({}, replies("first", { reasoning: "hm" }));
    const { text } = await ask("responses", { input: "hi", store: false, include: ["reasoning.encrypted_content"] });
    const { output } = JSON.parse(text) as { readonly output: readonly JsonObject[] };
    upstream.reset();
    upstream.script({}, refusal("anthropic"), replies("went on"));
    const input = [{ role: "user", content: "hi" }, ...output, { role: "user", content: "go on" }];
    const second = await ask("responses", { input, store: false, stream });
    expect([second.status, second.dropped]).toEqual([200, expect.stringContaining("input[]")]);
    expect(sent().map((body) => body.includes("c2lnbmF0dXJl"))).toEqual([true, false]);
  });

  it("goes on where the reasoning was remembered for a chat", async () => {
    const { ask } = await proxy("openai");
    const id = "call_0123456789abcdefghijklmn";
    upstream.script({}, callsTools([{ id, name: "read", arguments: "{}" }], { reasoning: "hm" }));
    const chatTools = [
      { type: "function", function: { name: "read", parameters: { type: "object", properties: {} } } },
    ];
    const user = { role: "user", content: "hi" };
    const { text } = await ask("chat/completions", { messages: [user], tools: chatTools });
    const { choices } = JSON.parse(text) as { readonly choices: readonly { readonly message: JsonObject }[] };
    upstream.reset();
    upstream.script({}, refusal("openai"), replies("went on"));
    const turns = [user, choices[0]?.message, { role: "tool", tool_call_id: id, content: "done" }];
    const second = await ask("chat/completions", { messages: turns, tools: chatTools, stream });
    expect([second.status, second.dropped]).toEqual([200, expect.stringContaining("messages[].reasoning")]);
    expect(sent().map((body) => body.includes("c2VhbGVk"))).toEqual([true, false]);
  });

  it("fails with the vendor's error if the vendor refuses it again", async () => {
    upstream.script({}, refusal("anthropic"));
    const { ask, router } = await proxy("anthropic");
    const { status, text } = await ask("messages", { ...messages, stream });
    expect([status, text]).toEqual([400, expect.stringContaining("Invalid `signature`")]);
    expect(upstream.calls).toHaveLength(2);
    expect(cooling(router)).toEqual([]);
  });

  it("fails at once if max_attempts allows one attempt only", async () => {
    upstream.script({}, refusal("anthropic"), replies("went on"));
    const { ask } = await proxy("anthropic", "  max_attempts: 1\n");
    expect((await ask("messages", { ...messages, stream })).status).toBe(400);
    expect(upstream.calls).toHaveLength(1);
  });

  it("counts an attempt and no retry", async () => {
    upstream.script({}, refusal("openai"), replies("went on"));
    const { ask } = await proxy("openai");
    const { headers } = await ask("responses", { ...responses, stream });
    expect([headers.get("x-litellm-attempted-retries"), upstream.calls.length]).toEqual(["0", 2]);
  });
});
