import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { createGateway } from "@modelyard/gateway";
import { createNodeServer } from "@modelyard/gateway/node";
import { openai } from "@modelyard/providers-openai";
import { countWrites } from "@modelyard/repo-tests/count-writes";
import { createRouter } from "@modelyard/router";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chatAnswer, chatEvents } from "../wires/chat.js";

const body = chatAnswer(1_024).toString();
const events = Buffer.concat(chatEvents()).toString();
const answers = {
  plain: `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${String(body.length)}\r\n\r\n${body}`,
  stream: `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n${events.length.toString(16)}\r\n${events}\r\n0\r\n\r\n`,
};

/** The upstream's answers by model. A request for the model `wait` is not answered. */
const upstream = createServer((socket) => {
  socket.on("data", (bytes) => {
    if (bytes.includes("wait")) return;
    socket.write(bytes.includes('"stream":true') ? answers.stream : answers.plain);
  });
  socket.on("error", () => undefined);
});
let server: ReturnType<typeof createNodeServer>;
let writes = 0;
let origin: string;

beforeAll(async () => {
  upstream.listen(0, "127.0.0.1");
  await once(upstream, "listening");
  const apiBase = `http://127.0.0.1:${String((upstream.address() as AddressInfo).port)}/v1`;
  const router = createRouter({
    providers: [openai()],
    modelList: [{ modelName: "m", model: "openai/m", apiKey: "k", apiBase }],
  });
  server = createNodeServer(createGateway(router));
  server.server.on("connection", (socket) => {
    countWrites(socket, () => {
      writes += 1;
    });
  });
  server.server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  origin = `http://127.0.0.1:${String((server.server.address() as AddressInfo).port)}`;
});
afterAll(async () => {
  await server.drain(0);
  upstream.close();
});

function ask(content: string, stream: boolean, signal?: AbortSignal): Promise<Response> {
  return fetch(`${origin}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "m", messages: [{ role: "user", content }], ...(stream ? { stream } : {}) }),
    signal: signal ?? null,
  });
}

async function writesOf(stream: boolean): Promise<number> {
  writes = 0;
  const response = await ask("hi", stream);
  expect(await response.text()).toContain(stream ? "[DONE]" : "chatcmpl-1");
  return writes;
}

/** Makes a request that stays unanswered. */
async function besideAnother<T>(run: () => Promise<T>): Promise<T> {
  const aborter = new AbortController();
  const arrives = once(server.server, "request");
  const other = ask("wait", false, aborter.signal);
  await arrives;
  const result = await run();
  aborter.abort();
  await expect(other).rejects.toThrow();
  return result;
}

describe("the response to a client", () => {
  it("is sent in one write if the answer is not streamed", async () => {
    expect(await writesOf(false)).toBe(1);
  });

  it("is sent in one write, from head to end, if all events arrived together", async () => {
    expect(await writesOf(true)).toBe(1);
  });

  it("is sent in one write while other requests are waiting", async () => {
    expect(await besideAnother(() => writesOf(false))).toBe(1);
    expect(await besideAnother(() => writesOf(true))).toBe(1);
  });
});
