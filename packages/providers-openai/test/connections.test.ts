import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createRouter } from "@modelyard/router";
import { createTransport } from "@modelyard/provider-kit";
import { expect, it } from "vitest";
import { openai } from "../src/factories.js";

const events = 'data: {"choices":[{"index":0,"delta":{"content":"hi"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n';

it("reuses the connection of a stream whose body ends after its end mark", async () => {
  const answering: ServerResponse[] = [];
  let connections = 0;
  const server = createServer((_, response) => {
    answering.push(response);
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(events);
  });
  server.on("connection", () => {
    connections += 1;
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // There is only one connection, so the next call waits for it or for its replacement.
  const transport = createTransport({ connections: 1 });
  const router = createRouter({
    providers: [openai({ transport })],
    modelList: [
      {
        modelName: "m",
        model: "openai/m",
        apiKey: "k",
        apiBase: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/v1`,
      },
    ],
  });
  for (let count = 0; count < 3; count += 1) {
    const stream = await router.completion({ model: "m", stream: true, messages: [{ role: "user", content: "hi" }] });
    for await (const chunk of stream) expect(chunk.choices).toHaveLength(1);
    answering[count]?.end();
  }
  expect(connections).toBe(1);
  await router.close();
  await transport.close();
  server.close();
});
