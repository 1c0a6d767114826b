// OpenAI's SDK, which checks that the id of a response stays the same during a stream, in front of a group with two
// accounts.
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { JsonObject } from "@modelyard/core";
import { createGateway, toFetchHandler } from "@modelyard/gateway";
import { createNodeServer } from "@modelyard/gateway/node";
import { refuses, startUpstream, turnsUntil, type Upstream } from "@modelyard/testing";
import { routerFromYaml, type YamlRouter } from "modelyard";
import OpenAI from "openai";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

let upstream: Upstream;
let yaml: YamlRouter;
let client: OpenAI;

beforeAll(async () => {
  upstream = await startUpstream();
  const deployment = (name: string): string =>
    `  - { model_name: m, litellm_params: { model: openai/gpt-5, api_base: "${upstream.url(name)}/v1", api_key: k-${name} } }`;
  yaml = await routerFromYaml(["model_list:", deployment("a"), deployment("b")].join("\n"), { env: {} });
  const handler = toFetchHandler(createGateway(yaml.router, { routes: yaml.routes }));
  const fetch = (url: string | URL | Request, init?: RequestInit): Promise<Response> => handler(new Request(url, init));
  client = new OpenAI({ apiKey: "any", baseURL: "http://proxy/v1", fetch, maxRetries: 0 });
});
afterEach(() => {
  upstream.reset();
});
afterAll(async () => {
  await yaml.close();
  await upstream.close();
});

const sealed = /^[a-z]+_mdy1[\da-f]{8}[\w-]{11}/u;

describe("a response in a group with two accounts", () => {
  it("is streamed with one id, and continued at the account that stores it", async () => {
    for (let turn = 0; turn < 8; turn += 1) {
      const first = await client.responses.stream({ model: "m", input: "hi" }).finalResponse();
      expect(first.id).toMatch(sealed);
      const [item] = first.output;
      expect(item?.id).toMatch(sealed);
      const second = await client.responses.create({ model: "m", input: "go on", previous_response_id: first.id });
      expect(second.id).toMatch(sealed);
      const [before, after] = upstream.calls.slice(-2);
      expect(after?.headers["authorization"]).toBe(before?.headers["authorization"]);
      expect(String(after?.body["previous_response_id"])).toMatch(/^resp_\d+$/u);
    }
    expect(new Set(upstream.calls.map(({ headers }) => headers["authorization"])).size).toBe(2);
  });

  it("that is unknown is a 404 with the code that clients know, once each account was asked", async () => {
    const missing = {
      error: { message: "Previous response with id 'resp_1' not found.", code: "previous_response_not_found" },
    };
    upstream.script({}, refuses(400, { body: JSON.stringify(missing) }));
    const error: unknown = await client.responses
      .create({ model: "m", input: "hi", previous_response_id: "resp_1" })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OpenAI.NotFoundError);
    expect(error).toMatchObject({ code: "previous_response_not_found", param: "previous_response_id" });
    expect(new Set(upstream.calls.map(({ headers }) => headers["authorization"])).size).toBe(2);
    expect(upstream.calls).toHaveLength(2);
  });
});

/** A vendor that stores the responses of each key. */
function storingVendor() {
  const stored = new Map<string, JsonObject>();
  const seen: string[] = [];
  let made = 0;
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = "", url = "", headers } = request;
    let text = "";
    for await (const piece of request) text += String(piece);
    const { authorization = "" } = headers;
    const [, id = "", rest = ""] = /^\/v1\/responses\/?(?<id>[^/?]*)(?<rest>.*)$/u.exec(url) ?? [];
    const key = `${authorization} ${id}`;
    seen.push(`${authorization} ${method} ${id === "" ? "" : "ID"}${rest} ${id === "" ? "" : text}`.trim());
    if (id === "") {
      made += 1;
      const number = String(made);
      // Its answer failed later, while it ran in the background.
      const error = number === "1" ? { code: "server_error", message: "It broke." } : null;
      const first = {
        id: `resp_${number}`,
        object: "response",
        created_at: 1,
        model: "gpt-5",
        output: [],
        error: null,
      };
      stored.set(`${authorization} ${first.id}`, { ...first, status: error === null ? "completed" : "failed", error });
      send(response, 200, { ...first, status: "queued" });
      return;
    }
    const found = stored.get(key);
    if (found === undefined)
      send(response, 404, { error: { message: `Response with id '${id}' not found.`, code: null } });
    else if (method === "DELETE") send(response, 200, { id, object: "response.deleted", deleted: stored.delete(key) });
    else if (rest.startsWith("/input_items"))
      send(response, 200, {
        object: "list",
        data: [{ id: "msg_1" }],
        first_id: "msg_1",
        last_id: "msg_1",
        has_more: false,
      });
    else send(response, 200, rest === "/cancel" ? { ...found, status: "cancelled" } : found);
  };
  const server = createServer((request, response) => void answer(request, response));
  return { server, seen };
}

function send(response: ServerResponse, status: number, value: object): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(value));
}

async function listening(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

/** A vendor whose stored response is streamed from the number that the query names, and goes on until its caller leaves. */
function streamingVendor() {
  const seen: string[] = [];
  const left: string[] = [];
  const event = (number: number, fields: object): string => {
    const data = JSON.stringify({ ...fields, sequence_number: number, zz: 1.5 });
    return `event: ${(fields as { type: string }).type}\ndata: ${data}\n\n`;
  };
  const response = { id: "resp_7", object: "response", output: [] };
  const failed = { ...response, status: "failed", error: { code: "server_error", message: "It broke." } };
  const events = [
    event(0, { type: "response.created", response: { ...response, status: "queued" } }),
    event(1, { type: "response.in_progress", response: { ...response, status: "in_progress" } }),
    event(2, { type: "response.output_text.delta", item_id: "msg_7", delta: "Grüße" }),
    event(3, { type: "response.failed", response: failed }),
  ];
  const server = createServer((request, answer) => {
    const { url = "", headers } = request;
    seen.push(url);
    answer.on("close", () => {
      if (!answer.writableEnded) left.push(url);
    });
    if (headers.authorization !== "Bearer k-b") {
      send(answer, 404, { error: { message: "Response with id 'resp_7' not found.", code: null } });
      return;
    }
    const after = Number(new URL(url, "http://vendor").searchParams.get("starting_after") ?? -1);
    answer.writeHead(200, { "content-type": "text/event-stream" });
    const text = events.slice(after + 1).join("");
    if (url.includes("hangs")) answer.write(events[0]);
    else if (url.includes("breaks")) answer.end(events[0]);
    // Events may arrive in any pieces.
    else for (const byte of Buffer.from(text)) answer.write(Buffer.from([byte]));
    if (!url.includes("hangs")) answer.end();
  });
  return { server, seen, left, events };
}

describe("a stored response that is read as a stream", () => {
  it("arrives as the vendor sends it, from the event that the query names", async () => {
    const vendor = streamingVendor();
    const address = await listening(vendor.server);
    const deployment = (key: string): string =>
      `  - { model_name: m, litellm_params: { model: openai/gpt-5, api_base: "${address}/v1", api_key: ${key} } }`;
    const opened = await routerFromYaml(["model_list:", deployment("k-a"), deployment("k-b")].join("\n"), { env: {} });
    const proxy = createNodeServer(createGateway(opened.router, { routes: opened.routes }));
    const origin = await listening(proxy.server);
    const sdk = new OpenAI({ apiKey: "any", baseURL: `${origin}/v1`, maxRetries: 0 });
    const text = async (query: string): Promise<string> =>
      (await fetch(`${origin}/v1/responses/resp_7?${query}`)).text();
    try {
      // The account without it was asked first, and is not asked again.
      expect(await text("stream=true&include[]=a&include[]=b&include_obfuscation=false&unknown=1")).toBe(
        vendor.events.join(""),
      );
      expect(vendor.seen.map((url) => decodeURIComponent(url))).toEqual(
        Array.from(
          { length: 2 },
          () => "/v1/responses/resp_7?stream=true&include[]=a&include[]=b&include_obfuscation=false&unknown=1",
        ),
      );
      const stream = await sdk.responses.retrieve("resp_7", { stream: true, starting_after: 1 });
      const types: string[] = [];
      for await (const one of stream) types.push(one.type);
      expect(types).toEqual(["response.output_text.delta", "response.failed"]);
      expect(vendor.seen.at(-1)).toContain("starting_after=1");
      const broken = await text("stream=true&breaks=1");
      expect(broken.startsWith(vendor.events[0] ?? "")).toBe(true);
      expect(broken).toContain('"type":"error"');
      const hanging = await fetch(`${origin}/v1/responses/resp_7?stream=true&hangs=1`);
      const reader = hanging.body?.getReader();
      await reader?.read();
      await reader?.cancel();
      await turnsUntil(() => vendor.left.length > 0);
      expect(vendor.left[0]).toContain("hangs=1");
    } finally {
      await proxy.drain(0);
      await opened.close();
      vendor.server.close();
    }
  });
});

describe("a stored response", () => {
  it("is read, listed, cancelled and deleted over sockets at the account that stores it", async () => {
    const vendor = storingVendor();
    const address = await listening(vendor.server);
    const deployment = (key: string): string =>
      `  - { model_name: m, litellm_params: { model: openai/gpt-5, api_base: "${address}/v1", api_key: ${key} } }`;
    const opened = await routerFromYaml(["model_list:", deployment("k-a"), deployment("k-b")].join("\n"), { env: {} });
    const proxy = createNodeServer(createGateway(opened.router, { routes: opened.routes }));
    const sdk = new OpenAI({ apiKey: "any", baseURL: `${await listening(proxy.server)}/v1`, maxRetries: 0 });
    try {
      for (let turn = 0; turn < 4; turn += 1) {
        vendor.seen.length = 0;
        const { id } = await sdk.responses.create({ model: "m", input: "hi", background: true });
        const read = await sdk.responses.retrieve(id, {
          include: ["reasoning.encrypted_content", "message.output_text.logprobs"],
        });
        expect(read).toMatchObject({ id, status: turn === 0 ? "failed" : "completed" });
        const list = await sdk.responses.inputItems.list(id, { limit: 5, order: "asc" });
        expect(list.data[0]?.id).toMatch(sealed);
        expect(await sdk.responses.cancel(id)).toMatchObject({ id, status: "cancelled" });
        await sdk.responses.delete(id);
        expect(await sdk.responses.retrieve(id).catch((thrown: unknown) => thrown)).toBeInstanceOf(
          OpenAI.NotFoundError,
        );
        const [key = ""] = /^Bearer [\w-]+/u.exec(vendor.seen[0] ?? "") ?? [];
        expect(vendor.seen.map((line) => decodeURIComponent(line))).toEqual([
          `${key} POST`,
          `${key} GET ID?include[]=reasoning.encrypted_content&include[]=message.output_text.logprobs`,
          `${key} GET ID/input_items?limit=5&order=asc`,
          `${key} POST ID/cancel {}`,
          `${key} DELETE ID`,
          `${key} GET ID`,
        ]);
      }
    } finally {
      await proxy.drain(0);
      await opened.close();
      vendor.server.close();
    }
  });
});

describe("a response that was translated", () => {
  it.each(["anthropic/claude-sonnet-4-5", "groq/llama"])(
    "from an answer of %s is a 404 that says so, whatever else is configured, and no vendor is called",
    async (model) => {
      const own = (name: string, more: string): string => `  - { model_name: ${name}, litellm_params: { ${more} } }`;
      const path = model.startsWith("anthropic") ? "" : "/v1";
      const list = [
        own("m", `model: ${model}, api_base: "${upstream.url("x")}${path}", api_key: k-x`),
        own("m", `model: ${model}, api_base: "${upstream.url("y")}${path}", api_key: k-y`),
        own("o", `model: openai/gpt-5, api_base: "${upstream.url("o")}/v1", api_key: k-o`),
      ];
      const opened = await routerFromYaml(["model_list:", ...list].join("\n"), { env: {} });
      const handler = toFetchHandler(createGateway(opened.router, { routes: opened.routes }));
      const fetch = (url: string | URL | Request, init?: RequestInit): Promise<Response> =>
        handler(new Request(url, init));
      const sdk = new OpenAI({ apiKey: "any", baseURL: "http://proxy/v1", fetch, maxRetries: 0 });
      try {
        const plain = await sdk.responses.create({ model: "m", input: "hi" });
        const streamed = await sdk.responses.stream({ model: "m", input: "hi" }).finalResponse();
        for (const { id } of [plain, streamed]) {
          const asking = [
            sdk.responses.retrieve(id),
            sdk.responses.delete(id),
            sdk.responses.cancel(id),
            sdk.responses.inputItems.list(id),
          ];
          for (const result of await Promise.allSettled<unknown>(asking)) {
            expect(result).toMatchObject({ status: "rejected", reason: { status: 404, code: "response_not_stored" } });
            expect(String((result as PromiseRejectedResult).reason)).toContain("translated from another API");
          }
        }
        expect(upstream.calls).toHaveLength(2);
      } finally {
        await opened.close();
      }
    },
  );
});
