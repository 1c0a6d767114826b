import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { type ErrorKind, errorKinds, type RouterError } from "@modelyard/core";
import { createGateway } from "@modelyard/gateway";
import { createNodeServer, type NodeServer } from "@modelyard/gateway/node";
import { type Behaviour, breaks, refuses, startUpstream, type Upstream } from "@modelyard/testing";
import { createRouter, openai, type Router } from "modelyard";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

/** Every fault of a vendor, on every operation, through the library and through the proxy. */
interface Fault {
  readonly name: string;
  /** What the vendor's host does; a text is the address of a host that is none. */
  readonly behaviour: Behaviour | "refused" | "unresolved" | "not_tls" | "silent";
  /** Kinds that may come of it; `undefined`: it is no failure for this operation. */
  readonly plain: readonly string[] | undefined;
  readonly streamed: readonly string[] | undefined;
}

const status = (code: number, kind: string): Fault => ({
  name: `status ${String(code)}`,
  behaviour: refuses(code),
  plain: [kind],
  streamed: [kind],
});
const both = (name: string, behaviour: Fault["behaviour"], ...kinds: readonly string[]): Fault => ({
  name,
  behaviour,
  plain: kinds,
  streamed: kinds,
});
const limits = { timeout: 400, quiet: 300 };

const faults: readonly Fault[] = [
  both("connection refused", "refused", "api_connection"),
  both("name that does not resolve", "unresolved", "api_connection"),
  both("no TLS where TLS was asked for", "not_tls", "api_connection"),
  both("accepts and stays silent", "silent", "timeout"),
  both("reset before headers", breaks("reset_before_headers"), "api_connection"),
  both("reset after headers", breaks("reset_after_headers"), "api_connection", "stream_interrupted"),
  both("reset in the middle", breaks("reset_mid_stream"), "api_connection", "stream_interrupted"),
  status(400, "bad_request"),
  status(401, "authentication"),
  status(402, "quota_exhausted"),
  status(403, "permission_denied"),
  status(404, "not_found"),
  status(408, "timeout"),
  status(409, "conflict"),
  status(413, "payload_too_large"),
  status(422, "unprocessable_entity"),
  status(429, "rate_limit"),
  status(500, "internal_server"),
  status(502, "bad_gateway"),
  status(503, "service_unavailable"),
  status(504, "timeout"),
  status(529, "overloaded"),
  both("429 with a day's wait", refuses(429, { headers: { "retry-after": "86400" } }), "rate_limit"),
  both("silence before headers", breaks("hang_before_headers"), "timeout"),
  both("silence before the first token", breaks("hang_before_first_token"), "timeout"),
  both("silence in the middle", breaks("hang_mid_stream"), "timeout"),
  both("keep-alive comments only", breaks("comments_only"), "timeout"),
  {
    name: "error event before content",
    behaviour: breaks("error_event_before_content"),
    plain: undefined,
    streamed: ["internal_server", "api_error"],
  },
  {
    name: "error event after content",
    behaviour: breaks("error_event_after_content"),
    plain: undefined,
    streamed: ["internal_server", "api_error"],
  },
  {
    name: "an end without finish reason or [DONE]",
    behaviour: breaks("truncated_stream"),
    plain: ["api_connection"],
    streamed: ["stream_interrupted"],
  },
  {
    name: "a finish reason without [DONE]",
    behaviour: breaks("finish_without_done"),
    plain: undefined,
    streamed: undefined,
  },
  {
    name: "a body that never closes after [DONE]",
    behaviour: breaks("never_closes"),
    plain: ["timeout"],
    streamed: undefined,
  },
  { name: "a malformed event", behaviour: breaks("malformed_event"), plain: undefined, streamed: ["invalid_response"] },
  both("200 with an error body", breaks("error_in_200"), "internal_server", "api_error"),
  {
    name: "200 with no choices",
    behaviour: breaks("no_choices"),
    plain: ["invalid_response"],
    streamed: ["stream_interrupted"],
  },
  { name: "200 with empty content", behaviour: breaks("empty_content"), plain: undefined, streamed: undefined },
  both("a wrong content type", breaks("wrong_content_type"), "invalid_response"),
  both("truncated JSON", breaks("truncated_json"), "invalid_response"),
  { name: "a slow trickle", behaviour: breaks("trickle", { text: "a b" }), plain: undefined, streamed: ["timeout"] },
  { name: "a huge chunk", behaviour: breaks("huge_chunk"), plain: undefined, streamed: undefined },
];

const operations = {
  chat: { path: "/v1/chat/completions", body: { messages: [{ role: "user", content: "hi" }] }, stream: false },
  "streamed chat": {
    path: "/v1/chat/completions",
    body: { messages: [{ role: "user", content: "hi" }], stream: true },
    stream: true,
  },
  completions: { path: "/v1/completions", body: { prompt: "hi" }, stream: false },
  embeddings: { path: "/v1/embeddings", body: { input: "hi" }, stream: false },
} as const;
type Operation = keyof typeof operations;

/** What a caller got. */
interface Got {
  readonly kind: string;
  readonly status: number;
  /** Whether a stream ended as a good one does. */
  readonly finished: boolean;
}

let upstream: Upstream;
let silent: Server;
let router: Router;
let server: NodeServer;
let origin: string;

beforeAll(async () => {
  upstream = await startUpstream();
  silent = createServer(() => undefined).listen(0, "127.0.0.1");
  await once(silent, "listening");
  const closed = createServer().listen(0, "127.0.0.1");
  await once(closed, "listening");
  const refusedPort = (closed.address() as AddressInfo).port;
  closed.close();
  const hosts = {
    faulty: `${upstream.url("faulty")}/v1`,
    refused: `http://127.0.0.1:${String(refusedPort)}/v1`,
    unresolved: "http://name.invalid/v1",
    not_tls: `${upstream.url("faulty").replace("http:", "https:")}/v1`,
    silent: `http://127.0.0.1:${String((silent.address() as AddressInfo).port)}/v1`,
  };
  const entry = (modelName: string, id: string, apiBase: string, order: number) => ({
    modelName,
    id,
    model: "openai/gpt-4",
    apiKey: "sk-canary",
    apiBase,
    order,
  });
  router = createRouter({
    providers: [openai()],
    numRetries: 1,
    timeoutMs: limits.timeout,
    streamTimeoutMs: limits.quiet,
    disableCooldowns: true,
    retryBudget: false,
    modelList: Object.entries(hosts).flatMap(([name, base]) => [
      entry(`${name}-alone`, `${name}-alone`, base, 1),
      entry(`${name}-pair`, `${name}-first`, base, 1),
      entry(`${name}-pair`, `${name}-second`, `${upstream.url("good")}/v1`, 2),
    ]),
  });
  server = createNodeServer(createGateway(router));
  server.server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  origin = `http://127.0.0.1:${String((server.server.address() as AddressInfo).port)}`;
});
afterEach(() => {
  upstream.reset();
});
afterAll(async () => {
  await server.drain(1_000);
  await upstream.close();
  silent.close();
});

async function byLibrary(operation: Operation, model: string): Promise<Got> {
  const { body } = operations[operation];
  const request = { model, num_retries: model.endsWith("alone") ? 0 : 1, ...body } as never;
  try {
    if (operation === "embeddings") await router.embedding(request);
    else if (operation === "completions") await router.textCompletion(request);
    else {
      const answer: unknown = await router.completion(request);
      if (operations[operation].stream)
        for await (const chunk of answer as AsyncIterable<unknown>) expect(chunk).toBeTypeOf("object");
    }
    return { kind: "good", status: 200, finished: true };
  } catch (error) {
    expect(JSON.stringify([(error as RouterError).message, (error as RouterError).attempts])).not.toContain("canary");
    return { kind: (error as RouterError).kind, status: (error as RouterError).status, finished: false };
  }
}

async function byProxy(operation: Operation, model: string): Promise<Got> {
  const { path, body, stream } = operations[operation];
  const response = await fetch(origin + path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model, num_retries: model.endsWith("alone") ? 0 : 1, ...body }),
  });
  const text = await response.text();
  expect(text).not.toContain("canary");
  expect(response.headers.get("x-litellm-call-id")).not.toBeNull();
  const finished = response.status === 200 && (!stream || text.includes("data: [DONE]"));
  if (finished) return { kind: "good", status: 200, finished };
  const last = text.trimEnd().split("\n\n").at(-1) ?? "";
  const { error } = JSON.parse(last.startsWith("data: ") ? last.slice(6) : last) as {
    error: { code: string; message: string };
  };
  expect(error.message).not.toBe("");
  return { kind: error.code, status: response.status, finished };
}

const ways = { library: byLibrary, proxy: byProxy } as const;

function agrees(kind: string, got: Got): boolean {
  if (kind === "good") return got.kind === "good";
  const row = errorKinds[kind as ErrorKind];
  return got.kind === row.code || got.status === row.status || got.status === 402 || got.status === 504;
}

function modelFor(fault: Fault, group: "alone" | "pair"): string {
  return `${typeof fault.behaviour === "string" ? fault.behaviour : "faulty"}-${group}`;
}

describe.each(Object.keys(ways) as (keyof typeof ways)[])("through the %s", (way) => {
  describe.each(Object.keys(operations) as Operation[])("%s", (operation) => {
    it.each(faults.map((fault) => [fault.name, fault] as const))("%s", async (_, fault) => {
      const { stream } = operations[operation];
      const kinds = stream ? fault.streamed : fault.plain;
      if (typeof fault.behaviour !== "string") upstream.script({ host: "faulty" }, fault.behaviour);

      const alone = await ways[way](operation, modelFor(fault, "alone"));
      expect(alone.finished).toBe(kinds === undefined);
      // Over HTTP the kind shows as status and code; in a program as itself.
      expect(kinds ?? ["good"]).toContain(
        way === "library" ? alone.kind : (kinds ?? ["good"]).find((kind) => agrees(kind, alone)),
      );
      expect(upstream.calls.filter((call) => call.host === "faulty").length).toBeLessThanOrEqual(1);

      const before = upstream.calls.length;
      const pair = await ways[way](operation, modelFor(fault, "pair"));
      const request =
        kinds !== undefined && ["bad_request", "payload_too_large", "unprocessable_entity"].includes(kinds[0] ?? "");
      const midStream =
        kinds !== undefined && stream && /middle|after content|without finish|malformed/u.test(fault.name);
      // What broke off in the middle may have been noticed before anything was shown.
      expect(request ? [false] : midStream ? [true, false] : [true]).toContain(pair.finished);
      expect(upstream.calls.length - before).toBeLessThanOrEqual(2);

      await upstream.idle();
      expect(
        router
          .state()
          .groups.flatMap((group) => group.deployments)
          .every((deployment) => deployment.inFlight === 0),
      ).toBe(true);
      expect(router.inFlight).toBe(0);
    });
  });
});
