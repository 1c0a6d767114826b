// A typical handwritten proxy: Hono parses the body, and the platform's fetch forwards it and returns the answer.
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import { Hono } from "hono";

const upstream = process.argv[2] ?? "";
const app = new Hono();

app.post("/v1/chat/completions", async (context) => {
  const body = await context.req.json<{ readonly model: string }>();
  const response = await fetch(`${upstream}/${body.model}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Bearer k" },
    body: JSON.stringify(body),
  });
  return new Response(response.body, {
    status: response.status,
    headers: { "content-type": response.headers.get("content-type") ?? "" },
  });
});

const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, () => {
  process.stdout.write(`listening ${String((server.address() as AddressInfo).port)}\n`);
});
