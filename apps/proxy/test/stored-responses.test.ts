// OpenAI's SDK, which checks that the id of a response stays the same during a stream, in front of a group with two
// accounts.
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { JsonObject } from "@modelyard/core";
import { createGateway, toFetchHandler } from "@modelyard/gateway";
import { createNodeServer } from "@modelyard/gateway/node";
import { startUpstream, type Upstream } from "@modelyard/testing";
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

  it("that is unknown is a 404 with the code that clients know, before anything is sent", async () => {
    const error: unknown = await client.responses
      .create({ model: "m", input: "hi", previous_response_id: "resp_1" })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OpenAI.NotFoundError);
    expect(error).toMatchObject({ code: "previous_response_not_found", param: "previous_response_id" });
    expect(upstream.calls).toEqual([]);
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
