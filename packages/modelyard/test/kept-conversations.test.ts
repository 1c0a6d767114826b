// Tests what is kept of a conversation for its next turn, and what is not, in front of vendors of other APIs.
import type { JsonObject } from "@modelyard/core";
import { createGateway, toFetchHandler } from "@modelyard/gateway";
import { type Behavior, callsTools, refuses, replies, startUpstream, type Upstream } from "@modelyard/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { routerFromYaml } from "../src/index.js";

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

/** Other conversations do not have such an id, so that reasoning can be found by it. */
let made = 0;
const nextId = (): string => {
  made += 1;
  return `call_${String(made).padStart(24, "0")}`;
};

async function proxy(model: string, settings = "", params = "") {
  const address = `${upstream.origin}${model.startsWith("anthropic") ? "" : "/v1"}`;
  const { router, close } = await routerFromYaml(
    `model_list:
  - model_name: fast
    litellm_params: { model: ${model}, api_key: k, api_base: "${address}"${params} }
router_settings: { num_retries: 0${settings} }
`,
    { env: {} },
  );
  closing.push(close);
  const handle = toFetchHandler(createGateway(router, { masterKey: "sk-client" }));
  return async (path: string, body: JsonObject): Promise<{ readonly status: number; readonly text: string }> => {
    const response = await handle(`http://gateway/v1/${path}`, {
      method: "POST",
      headers: { authorization: "Bearer sk-client", "content-type": "application/json" },
      body: JSON.stringify({ model: "fast", ...body }),
    });
    return { status: response.status, text: await response.text() };
  };
}

type Ask = Awaited<ReturnType<typeof proxy>>;

const hi = { role: "user", content: "hi" };
const lastSent = (): string => JSON.stringify(upstream.calls.at(-1)?.body);

/** Two turns of a chat, of which the first one thinks and calls a tool. @param between - how the vendor answers before the last answer. @returns what the vendor got in the second one */
async function chatTwice(ask: Ask, more: JsonObject = {}, between: readonly Behavior[] = []): Promise<string> {
  const id = nextId();
  const first = callsTools([{ id, name: "read", arguments: "{}" }], { reasoning: "Hm." });
  upstream.script({}, first, ...between, replies("ok"));
  const tools = [{ type: "function", function: { name: "read", parameters: { type: "object", properties: {} } } }];
  const calls = [{ id, type: "function", function: { name: "read", arguments: "{}" } }];
  const turn = [
    hi,
    { role: "assistant", content: null, tool_calls: calls },
    { role: "tool", tool_call_id: id, content: "7" },
  ];
  for (const messages of [[hi], turn])
    expect((await ask("chat/completions", { messages, tools, reasoning_effort: "low", ...more })).status).toBe(200);
  return lastSent();
}

/** The encrypted reasoning of the scripted vendors. */
const sealed = /c2VhbGVk|c2lnbmF0dXJl/u;

describe.each(["openai/responses/gpt-5.5", "anthropic/claude-sonnet-4-5", "anthropic/claude-sonnet-5"])(
  "the reasoning of a chat with %s",
  (model) => {
    it.each([false, true])("is kept for its next turn, before the call (stream: %s)", async (stream) => {
      const sent = await chatTwice(await proxy(model), { stream });
      expect(sent).toMatch(sealed);
      expect(sent.search(sealed)).toBeLessThan(sent.search(/"(?:function_call|tool_use)"/u));
    });

    it.each<[string, string, string, JsonObject]>([
      ["the request has `store: false`", "", "", { store: false }],
      ["the deployment has `store: false`", "", ", store: false", {}],
      ["`store: false` is not sent to the vendor", "", ", additional_drop_params: [store]", { store: false }],
      ["`conversation_ttl` is 0", ", conversation_ttl: 0", "", {}],
    ])("is not kept if %s", async (_, settings, params, more) => {
      expect(await chatTwice(await proxy(model, settings, params), more)).not.toMatch(sealed);
    });

    it.each([false, true])("is sent to a client that asks for it, and comes back (stream: %s)", async (stream) => {
      const ask = await proxy(model, ", conversation_ttl: 0");
      const id = nextId();
      upstream.script({}, callsTools([{ id, name: "read", arguments: "{}" }], { reasoning: "Hm." }), replies("ok"));
      const tools = [{ type: "function", function: { name: "read", parameters: { type: "object", properties: {} } } }];
      const more = { tools, reasoning_effort: "low", stream };
      const { text } = await ask("chat/completions", { messages: [hi], include_reasoning: true, ...more });
      const details = detailsIn(text);
      expect(JSON.stringify(details)).toMatch(sealed);
      const calls = [{ id, type: "function", function: { name: "read", arguments: "{}" } }];
      const said = { role: "assistant", content: null, tool_calls: calls, reasoning_details: details };
      const messages = [hi, said, { role: "tool", tool_call_id: id, content: "7" }];
      const second = await ask("chat/completions", { messages, ...more });
      expect([second.status, lastSent()]).toEqual([200, expect.stringMatching(sealed)]);
    });

    it("is not sent in that shape to a client that never asked for it", async () => {
      upstream.script({}, callsTools([{ id: nextId(), name: "read", arguments: "{}" }], { reasoning: "Hm." }));
      const { text } = await (await proxy(model))("chat/completions", { messages: [hi], reasoning_effort: "low" });
      expect(text).not.toContain("reasoning_details");
    });
  },
);

it("the kept thinking of a chat is omitted if the vendor cannot read it any more", async () => {
  const ask = await proxy("anthropic/claude-sonnet-4-5");
  const message = "messages.1.content.0: Invalid `signature` in `thinking` block";
  const refusal = refuses(400, {
    body: JSON.stringify({ type: "error", error: { type: "invalid_request_error", message } }),
  });
  expect(await chatTwice(ask, {}, [refusal])).not.toMatch(sealed);
  expect(JSON.stringify(upstream.calls.at(-2)?.body)).toMatch(sealed);
  expect(upstream.calls.at(-1)?.body).not.toHaveProperty("thinking");
});

/** The entries of `reasoning_details` in an answer, or in the chunks of a stream. */
function detailsIn(text: string): readonly unknown[] {
  const bodies = text.startsWith("{")
    ? [text]
    : [...text.matchAll(/^data: (?<data>\{.*)$/gmu)].map(([, data = ""]) => data);
  return bodies.flatMap((body) => {
    const { choices } = JSON.parse(body) as { readonly choices: readonly Record<string, Detailed>[] };
    return choices.flatMap(({ message, delta }) => message?.reasoning_details ?? delta?.reasoning_details ?? []);
  });
}

interface Detailed {
  readonly reasoning_details?: readonly unknown[];
}

describe("an answer of another API", () => {
  const next = async (ask: Ask, more: JsonObject = {}): Promise<number> => {
    upstream.script({}, replies("It rains."));
    const { text } = await ask("responses", { input: "Weather?", ...more });
    const { id } = JSON.parse(text) as { readonly id: string };
    return (await ask("responses", { input: "And tomorrow?", previous_response_id: id })).status;
  };
  const model = "anthropic/claude-sonnet-4-5";

  it("can be referred to", async () => {
    expect(await next(await proxy(model))).toBe(200);
    expect(lastSent()).toMatch(/Weather\?.*It rains\..*And tomorrow\?/u);
  });

  it.each<[string, string, string, JsonObject]>([
    ["its request has `store: false`", "", "", { store: false }],
    ["`store: false` is not sent to the vendor", "", ", additional_drop_params: [store]", { store: false }],
    ["`conversation_ttl` is 0", ", conversation_ttl: 0", "", {}],
  ])("cannot be referred to if %s", async (_, settings, params, more) => {
    expect(await next(await proxy(model, settings, params), more)).toBe(400);
    expect(upstream.calls).toHaveLength(1);
  });
});

describe.each(["openai/responses/gpt-5.5", "anthropic/claude-sonnet-4-5"])(
  "the reasoning of a Responses request at the path of chats, with %s",
  (model) => {
    const twice = async (ask: Ask, more: JsonObject = {}): Promise<string> => {
      const id = nextId();
      upstream.script({}, callsTools([{ id, name: "read", arguments: "{}" }], { reasoning: "Hm." }), replies("ok"));
      const tools = [{ type: "function", name: "read", parameters: { type: "object", properties: {} } }];
      const call = { type: "function_call", call_id: id, name: "read", arguments: "{}" };
      for (const input of [[hi], [hi, call, { type: "function_call_output", call_id: id, output: "7" }]])
        expect((await ask("chat/completions", { input, tools, reasoning: { effort: "low" }, ...more })).status).toBe(
          200,
        );
      return lastSent();
    };

    it.each([false, true])("is kept for its next turn, before the call (stream: %s)", async (stream) => {
      const sent = await twice(await proxy(model), { stream });
      expect(sent).toMatch(sealed);
      expect(sent.search(sealed)).toBeLessThan(sent.search(/"(?:function_call|tool_use)"/u));
    });

    it("is not kept if the client says `store: false`", async () => {
      expect(await twice(await proxy(model), { store: false })).not.toMatch(sealed);
    });
  },
);
