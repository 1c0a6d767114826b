// Failures that are only visible at the end of an answer, and streams that continue after a finish reason. Each test starts
// a proxy from a file and calls it over sockets.
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createGateway } from "@modelyard/gateway";
import { createNodeServer, type NodeServer } from "@modelyard/gateway/node";
import {
  type Behavior,
  breaks,
  callsTools,
  replies,
  startUpstream,
  type Upstream,
  VirtualClock,
} from "@modelyard/testing";
import { routerFromYaml, type YamlRouter } from "modelyard";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loggingCallback } from "../src/log/logging-callback.js";

let clock: VirtualClock;
let upstream: Upstream;
let opened: { readonly yaml: YamlRouter; readonly server: NodeServer } | undefined;
beforeEach(async () => {
  clock = new VirtualClock();
  upstream = await startUpstream({ clock });
});
afterEach(async () => {
  await opened?.server.drain(0);
  await opened?.yaml.close();
  opened = undefined;
  await upstream.close();
});

type Line = Readonly<Record<string, unknown>>;

/** A proxy with this file, in which `UP` is replaced by the address of the scripted vendor. */
async function serve(file: string) {
  const lines: Line[] = [];
  const log = (fields: object, message: string): void => {
    lines.push({ ...fields, message });
  };
  const logger = { debug: log, info: log, warn: log, error: log };
  const yaml = await routerFromYaml(file.replaceAll("UP", upstream.url("a")), {
    env: {},
    router: { clock },
    callbacks: [loggingCallback({ logger, verbose: false, secrets: () => [] })],
  });
  const server = createNodeServer(createGateway(yaml.router, { routes: yaml.routes }));
  opened = { yaml, server };
  server.server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  const { port } = server.server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${String(port)}`;
  const ask = (body: object): Promise<Response> =>
    fetch(`${origin}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ messages: [{ role: "user", content: "hi" }], ...body }),
    });
  return { ask, lines, metrics: async () => (await fetch(`${origin}/metrics`)).text(), router: yaml.router };
}

/** Waits for a promise while time passes in steps that are shorter than the wait before a retry. */
async function settled<Value>(promise: Promise<Value>): Promise<Value> {
  const state = { over: false };
  const watched = promise.finally(() => {
    state.over = true;
  });
  while (!state.over) await clock.advance(20);
  return watched;
}

const groups = `
model_list:
  - { model_name: a, litellm_params: { model: openai/flaky, api_base: UP/v1, api_key: k }, model_info: { id: flaky } }
  - { model_name: ok, litellm_params: { model: openai/ok, api_base: UP/v1, api_key: k }, model_info: { id: ok } }
router_settings: { num_retries: 1, fallbacks: [{ a: [ok] }] }
litellm_settings: { cache: true, cache_params: { type: local }, callbacks: [prometheus] }
`;
const half = '{"events": [{"title": "part';
const failing: readonly (readonly [string, Behavior, string])[] = [
  ["half an answer that ends with `error`", replies(half, { finishReason: "error" }), "internal_server"],
  ["no answer that ends with `error`", replies("", { finishReason: "error" }), "internal_server"],
  ["DeepSeek's reason", replies(half, { finishReason: "insufficient_system_resource" }), "service_unavailable"],
  ["Z.ai's reason", replies(half, { finishReason: "network_error" }), "bad_gateway"],
  [
    "an error inside the choice",
    breaks("choice_error_before_content", { finishReason: "error", eventFailure: "server_error" }),
    "internal_server",
  ],
  ["an error inside a choice that was not finished", breaks("choice_error_after_content"), "internal_server"],
];

describe("a failure reported at the end of a plain answer", () => {
  it.each(failing)("is retried and falls back, is logged, is counted and is not cached: %s", async (_, fault, kind) => {
    const { ask, lines, metrics } = await serve(groups);
    upstream.script({ model: "flaky" }, fault);
    for (let times = 1; times <= 2; times += 1) {
      const response = await settled(ask({ model: "a" }));
      const text = await settled(response.text());
      expect([response.status, response.headers.get("x-litellm-model-id")]).toEqual([200, "ok"]);
      expect(response.headers.get("x-litellm-attempted-fallbacks")).toBe("1");
      expect(response.headers.get("x-modelyard-cache")).not.toBe("hit");
      expect(text).toContain("Hello from upstream");
      expect(text).not.toContain("part");
    }
    expect(upstream.calls.map((call) => call.model)).toEqual(["flaky", "flaky", "ok", "flaky", "flaky", "ok"]);
    const failed = { deployment: "flaky", error: kind };
    expect(lines).toMatchObject(
      Array.from({ length: 2 }, () => ({ message: "request served after failures", failed: [failed, failed] })),
    );
    const line = (await metrics())
      .split("\n")
      .find((one) => one.startsWith("litellm_deployment_failure_responses_total{") && one.includes('"flaky"'));
    expect(line).toMatch(/ 4$/u);
  });

  it("is logged with the vendor's finish reason if no other deployment can serve", async () => {
    const { ask, lines } = await serve(groups.replace("num_retries: 1, fallbacks: [{ a: [ok] }]", "num_retries: 0"));
    upstream.script({ model: "flaky" }, replies(half, { finishReason: "network_error" }));
    const response = await settled(ask({ model: "a" }));
    expect(response.status).toBe(502);
    expect(await settled(response.text())).toContain("network_error");
    expect(lines).toMatchObject([
      {
        message: "request failed",
        error: "bad_gateway",
        reason: expect.stringContaining('"network_error"') as unknown,
      },
    ]);
  });
});

describe("a failure reported at the end of a stream", () => {
  it.each([
    ["the finish reason", replies("", { finishReason: "error" })],
    ["an error inside the choice", breaks("choice_error_before_content", { finishReason: "error" })],
  ])("falls back if there was no content yet: %s", async (_, fault) => {
    const { ask } = await serve(groups);
    upstream.script({ model: "flaky" }, fault);
    const response = await settled(ask({ model: "a", stream: true }));
    const text = await settled(response.text());
    expect(response.headers.get("x-litellm-model-id")).toBe("ok");
    expect(text).toContain("upstream");
    expect(text).not.toContain('"error"');
    expect(text.trimEnd().endsWith("data: [DONE]")).toBe(true);
  });

  it.each([
    ["event by event", replies("half an answer", { finishReason: "error" })],
    ["in the same piece of the network", replies("half an answer", { finishReason: "error", atOnce: true })],
    ["as an error inside the choice", breaks("choice_error_after_content", { text: "half an answer", faultAfter: 9 })],
  ])("ends the content with an error event, and is not cached: %s", async (_, fault) => {
    const { ask, lines } = await serve(groups);
    upstream.script({ model: "flaky" }, fault);
    for (let times = 1; times <= 2; times += 1) {
      const text = await settled((await settled(ask({ model: "a", stream: true }))).text());
      for (const word of ["half ", "an ", "answer"]) expect(text).toContain(word);
      expect(text).not.toContain('"finish_reason":"error"');
      expect(text).not.toContain("[DONE]");
      expect(text.trimEnd().split("\n\n").at(-1)).toContain('"error"');
    }
    expect(upstream.calls.map((call) => call.model)).toEqual(["flaky", "flaky"]);
    expect(lines).toMatchObject([{ error: "internal_server" }, { error: "internal_server" }]);
  });
});

/** A streamed answer that is read event by event. */
function reader(response: Response) {
  const pieces = response.body!.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]();
  let text = "";
  return {
    async until(done: (text: string) => boolean): Promise<string> {
      while (!done(text)) {
        const piece = await pieces.next();
        if (piece.done === true) return text;
        text += piece.value;
      }
      return text;
    },
    get text() {
      return text;
    },
  };
}

const one = `
model_list:
  - { model_name: m, litellm_params: { model: openai/m, api_base: UP/v1, api_key: k, tpm: 100000 } }
`;
const calls = ["a", "b"].map((id) => ({ id, name: "time", arguments: "{}" }));

describe("a stream that continues after a finish reason", () => {
  it.each([
    ["a second tool call", callsTools(calls, { faultAfter: 2 }), 1_300, ['"id":"a"', '"id":"b"']],
    ["more text", replies("one two", {}), 1_600, ["one ", "two"]],
  ] as const)("still delivers %s that comes later", async (_, answer, gapMs, wanted) => {
    const { ask, router } = await serve(one);
    upstream.script({}, { ...answer, fault: "content_after_finish", gapMs });
    const stream = reader(await ask({ model: "m", stream: true }));
    // The pause is between the pieces of a tool call, and then before the finish reason.
    await settled(stream.until((text) => /"finish_reason":"(?:stop|tool_calls)"/u.test(text)));
    await settled(stream.until((text) => text.includes("[DONE]")));
    for (const part of wanted) expect(stream.text).toContain(part);
    expect(stream.text.match(/"finish_reason":"(?:stop|tool_calls)"/gu)).toHaveLength(2);
    expect(stream.text.trimEnd().endsWith("data: [DONE]")).toBe(true);
    expect(router.state().groups[0]?.deployments[0]).toMatchObject({ failures: 0, inFlight: 0 });
  });

  it.each([true, false])("waits for usage that comes 1.5 s later (the client asked for it: %s)", async (wants) => {
    const { ask, router } = await serve(one);
    const usage = { prompt_tokens: 5_000, completion_tokens: 70, total_tokens: 5_070 };
    upstream.script({}, replies("one", { usage, usageMs: 1_500 }));
    const options = wants ? { stream_options: { include_usage: true } } : {};
    const stream = reader(await ask({ model: "m", stream: true, ...options }));
    await stream.until((text) => text.includes('"stop"'));
    await clock.advance(1_500);
    await stream.until((text) => text.includes("[DONE]"));
    expect(stream.text.includes('"total_tokens":5070')).toBe(wants);
    expect(router.state().groups[0]?.deployments[0]?.used.tokens).toBe(5_070);
  });
});
