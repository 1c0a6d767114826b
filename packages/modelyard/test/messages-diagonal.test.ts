// Messages from a coding agent to Anthropic's API, through the whole proxy: what must not change on the way.
import type { Transport, TransportRequest } from "@modelyard/core/kit";
import { createGateway, toFetchHandler } from "@modelyard/gateway";
import { describe, expect, it } from "vitest";
import { anthropic, createRouter, memoryCache } from "../src/index.js";

interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly pieces: readonly string[];
}

/** A vendor that gives these answers, one after the other, and the proxy before it. */
function proxy(...replies: readonly Reply[]) {
  const requests: TransportRequest[] = [];
  const encoder = new TextEncoder();
  const transport: Transport = {
    send: (request) => {
      const { status = 200, headers = {}, pieces } = replies[requests.length] ?? { pieces: [] };
      requests.push(request);
      return Promise.resolve({
        status,
        header: (name: string) => headers[name],
        bytes: () => Promise.resolve(encoder.encode(pieces.join(""))),
        async *body() {
          for (const piece of pieces) yield encoder.encode(piece);
        },
        discard: () => undefined,
      });
    },
    close: () => Promise.resolve(),
  };
  const router = createRouter({
    providers: [anthropic({ transport, apiKey: "sk-ant-of-the-operator" })],
    modelList: ["a", "b"].map((id) => ({ id, modelName: "claude-fast", model: "anthropic/claude-sonnet-4-5" })),
    numRetries: 1,
    responseCache: memoryCache(),
    // Only for requests that ask for it.
    cache: { mode: "default_off" },
  });
  const handle = toFetchHandler(createGateway(router, { masterKey: "sk-client" }));
  return {
    requests,
    sent: () => requests.map(({ body }) => (typeof body === "string" ? body : new TextDecoder().decode(body))),
    ask: (body: string, headers: Readonly<Record<string, string>> = {}) =>
      handle("http://gateway/v1/messages?beta=true", {
        method: "POST",
        headers: { ...agentHeaders, ...headers },
        body,
      }),
  };
}

const betas = "claude-code-20250219,interleaved-thinking-2025-05-14,prompt-caching-scope-2026-01-05";
const agentHeaders = {
  "content-type": "application/json",
  accept: "application/json",
  "accept-encoding": "gzip, deflate, br, zstd",
  "anthropic-beta": betas,
  "anthropic-version": "2023-06-01",
  "anthropic-dangerous-direct-browser-access": "true",
  "anthropic-new-header": "new",
  "x-api-key": "sk-client",
  "x-app": "cli",
  "x-claude-code-session-id": "0a1b",
  cookie: "a=b",
};
const body = (stream: boolean): string =>
  `{"model":"claude-fast","messages":[{"role":"user","content":[{"type":"text","text":"caf\\u00e9 日本","cache_control":{"type":"ephemeral"}}]}],` +
  `"system":[{"type":"text","text":"x-anthropic-billing-header: cc_version=2.1.197.e12; cc_entrypoint=sdk-cli;"},{"type":"text","text":"b"}],` +
  `"tools":[{"name":"Agent","description":"d","input_schema":{"type":"object","properties":{"model":{"type":"string"}}}}],` +
  `"metadata":{"user_id":"{\\"device_id\\":\\"1\\"}"},"max_tokens":32000, "thinking":{"type":"adaptive"},"context_management":{"edits":[]},` +
  `"output_config":{"effort":"high"},"new_field":[1.0,null],"stream":${String(stream)}}`;
const sentBody = (stream: boolean): string => body(stream).replace('"claude-fast"', '"claude-sonnet-4-5"');

const event = (type: string, data: string): string => `event: ${type}\ndata: ${data}\n\n`;
const start = (model: string): string =>
  event(
    "message_start",
    `{"type":"message_start","message":{"model":"${model}","id":"msg_1","type":"message","role":"assistant","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":9,"cache_read_input_tokens":1,"output_tokens":1}}    }`,
  );
const opening = [
  event("content_block_start", '{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}   }'),
  event("ping", '{"type": "ping"}'),
];
const content = [
  event(
    "content_block_delta",
    '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hel"}       }',
  ),
  event(
    "content_block_delta",
    '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"lo 日本 \\"x\\""}}',
  ),
];
const ending = [
  event("content_block_stop", '{"type":"content_block_stop","index":0          }'),
  event("brand_new", '{"type":"brand_new","a":1.0}'),
  event(
    "message_delta",
    '{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":5}}',
  ),
  event("message_stop", '{"type":"message_stop"         }'),
];
const events = { "content-type": "text/event-stream; charset=utf-8" };
const vendor = "claude-sonnet-4-5-20250929";
const overloaded = '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_9" }';

describe("a message with the vendor's own fallbacks", () => {
  it.each(['"default"', '[ {"model":"claude-opus-5","max_tokens":9} ]'])(
    "reaches it unchanged: %s",
    async (fallbacks) => {
      const { ask, sent, requests } = proxy({ pieces: ['{"content":[],"usage":{}}'] });
      const written = body(false).replace('"new_field"', `"fallbacks":${fallbacks},"new_field"`);
      await ask(written, { "anthropic-beta": `${betas},server-side-fallback-2026-07-01` });
      expect(sent()[0]).toBe(written.replace('"claude-fast"', '"claude-sonnet-4-5"'));
      expect(requests[0]?.headers["anthropic-beta"]).toContain("server-side-fallback-2026-07-01");
    },
  );
});

describe("the stream of a message", () => {
  it.each([
    ["event by event", (pieces: readonly string[]) => pieces],
    ["in one piece", (pieces: readonly string[]) => [pieces.join("")]],
  ])("passes unchanged in both directions, except for the name of the model: %s", async (_, pieces) => {
    const { ask, sent, requests } = proxy({
      headers: events,
      pieces: pieces([start(vendor), ...opening, ...content, ...ending]),
    });
    const response = await ask(body(true));
    expect(response.status).toBe(200);
    expect(await response.text()).toBe([start("claude-fast"), ...opening, ...content, ...ending].join(""));
    expect(sent()).toEqual([sentBody(true)]);
    expect(requests[0]?.headers).toMatchObject({
      "anthropic-beta": betas,
      "anthropic-version": "2023-06-01",
      "anthropic-new-header": "new",
      "anthropic-dangerous-direct-browser-access": "true",
      "x-claude-code-session-id": "0a1b",
      "x-api-key": "sk-ant-of-the-operator",
    });
    expect(JSON.stringify(requests[0]?.headers)).not.toMatch(/sk-client|a=b|zstd/u);
  });

  it("begins once if an earlier attempt failed before its content", async () => {
    const failing = { headers: events, pieces: [start(vendor), ...opening, event("error", overloaded)] };
    const { ask, sent } = proxy(failing, {
      headers: events,
      pieces: [start(vendor), ...opening, ...content, ...ending],
    });
    expect(await (await ask(body(true))).text()).toBe(
      [start("claude-fast"), ...opening, ...content, ...ending].join(""),
    );
    expect(sent()).toEqual([sentBody(true), sentBody(true)]);
  });

  it("ends with the vendor's error after content, and without an end mark", async () => {
    const { ask } = proxy({
      headers: events,
      pieces: [start(vendor), ...opening, ...content, event("error", overloaded)],
    });
    const passed = [start("claude-fast"), ...opening, ...content, event("error", overloaded)];
    expect(await (await ask(body(true))).text()).toBe(passed.join(""));
  });

  it("gets an end mark if the vendor closes it after the stop reason", async () => {
    const { ask } = proxy({ headers: events, pieces: [start(vendor), ...opening, ...content, ...ending.slice(0, -1)] });
    const text = await (await ask(body(true))).text();
    expect(text.endsWith('event: message_stop\ndata: {"type":"message_stop"}\n\n')).toBe(true);
  });
});

describe("the whole answer of a message", () => {
  it("passes unchanged in both directions, except for the name of the model", async () => {
    const answer = (model: string): string =>
      `{ "id":"msg_1","type":"message","role":"assistant","model":"${model}","content":[{"type":"tool_use","id":"t","name":"f","input":{"model":"x","n":1.0}}],"stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":9,"output_tokens":1},"new":{"a":1.0}}`;
    const { ask, sent } = proxy({ pieces: [answer(vendor)] });
    expect(await (await ask(body(false))).text()).toBe(answer("claude-fast"));
    expect(sent()).toEqual([sentBody(false)]);
  });

  it("is the vendor's in the response cache, too, with numbers that JavaScript cannot hold", async () => {
    const answer = (model: string): string =>
      `{ "id":"msg_1","type":"message","role":"assistant","model":"${model}","content":[{"type":"tool_use","id":"t","name":"f","input":{"id":12345678901234567890,"n":1.0,"value":"a,\\"value\\":1"}}],"stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":9,"output_tokens":1} }`;
    const { ask, sent } = proxy({ pieces: [answer(vendor)] });
    const written = body(false).replace('"new_field"', '"cache":{"use-cache":true},"new_field"');
    for (const cache of ["miss", "hit"]) {
      const response = await ask(written);
      expect([await response.text(), response.headers.get("x-modelyard-cache")]).toEqual([
        answer("claude-fast"),
        cache,
      ]);
    }
    expect(sent()).toHaveLength(1);
  });

  it.each([
    [529, overloaded, {}],
    [429, '{"type":"error","error":{"type":"rate_limit_error","message":"Slow down"}}', { "retry-after": "30" }],
    [
      400,
      '{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 210000 tokens > 200000 maximum"}}',
      {},
    ],
  ])("is the vendor's own error in the end: %i", async (status, text, headers) => {
    const reply = {
      status,
      headers: { "content-type": "application/json", "request-id": "req_9", ...headers },
      pieces: [text],
    };
    const { ask } = proxy(reply, reply);
    const response = await ask(body(false));
    expect([response.status, await response.text()]).toEqual([status, text]);
    expect(Object.fromEntries(response.headers)).toMatchObject({ "request-id": "req_9", ...headers });
  });
});

describe("the headers of an answer that the vendor's clients read", () => {
  const limits = {
    "request-id": "req_7",
    "anthropic-ratelimit-requests-remaining": "49",
    "anthropic-ratelimit-input-tokens-reset": "2026-11-30T12:00:00Z",
  };
  const others = {
    "set-cookie": "a=b",
    "anthropic-organization-id": "org_of_the_operator",
    "x-ratelimit-limit-requests": "key sk-ant-of-the-operator",
  };
  const answer = '{"id":"msg_1","type":"message","role":"assistant","content":[{"type":"text","text":"x"}],"usage":{}}';
  const plain = { headers: { "content-type": "application/json", ...limits, ...others }, pieces: [answer] };
  const streamed = {
    headers: { ...events, ...limits, ...others },
    pieces: [start(vendor), ...opening, ...content, ...ending],
  };

  it.each([
    ["plain", false, plain],
    ["streamed", true, streamed],
  ])("reach the caller, and no others do: %s", async (_, stream, reply) => {
    const { ask } = proxy(reply);
    const response = await ask(body(stream));
    await response.text();
    const headers = Object.fromEntries(response.headers);
    expect(headers).toMatchObject(limits);
    expect(headers["x-litellm-call-id"]).not.toBe("req_7");
    expect(Object.keys(headers).filter((name) => name in others)).toEqual([]);
  });

  it("are those of the attempt that succeeded", async () => {
    const first = { ...streamed, pieces: [start(vendor), event("error", overloaded)] };
    const { ask } = proxy(first, { headers: { ...events, "request-id": "req_8" }, pieces: streamed.pieces });
    const response = await ask(body(true));
    await response.text();
    expect(response.headers.get("request-id")).toBe("req_8");
    expect(response.headers.get("anthropic-ratelimit-requests-remaining")).toBeNull();
  });
});
