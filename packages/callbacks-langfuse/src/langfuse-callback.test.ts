import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { systemClock } from "@modelyard/core";
import { createRouter } from "@modelyard/router";
import { answers, fails, scriptedProvider, streams } from "@modelyard/testing";
import { expect, it } from "vitest";
import { langfuseCallback, type LangfuseOptions } from "./langfuse-callback.js";

async function receive(): Promise<{
  readonly server: Server;
  readonly url: string;
  readonly sent: { readonly authorization: string; readonly body: Buffer }[];
}> {
  const sent: { readonly authorization: string; readonly body: Buffer }[] = [];
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => {
      pieces.push(piece);
    });
    request.on("end", () => {
      sent.push({ authorization: String(request.headers.authorization), body: Buffer.concat(pieces) });
      response.writeHead(200, { "content-type": "application/json" });
      response.end("{}");
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { server, url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`, sent };
}

async function run(
  options: Partial<LangfuseOptions>,
): Promise<{ readonly text: string; readonly authorization: string | undefined }> {
  const { server, url, sent } = await receive();
  const provider = scriptedProvider({ clock: systemClock });
  provider.script("*", answers("the answer"), streams(["streamed ", "answer"]), fails("internal_server"));
  const router = createRouter({
    providers: [provider],
    callbacks: [langfuseCallback({ publicKey: "pk-1", secretKey: "sk-1", baseUrl: url, ...options })],
    numRetries: 0,
    modelList: [{ id: "a", modelName: "gpt-4", model: "openai/m", inputCostPerToken: 1, outputCostPerToken: 1 }],
  });
  const messages = [{ role: "user" as const, content: "the question" }];
  await router.completion({
    model: "gpt-4",
    messages,
    metadata: { trace_name: "my-trace", session_id: "s1", trace_user_id: "u1", tags: ["t1"] },
  });
  for await (const chunk of await router.completion({ model: "gpt-4", messages, stream: true }))
    expect(chunk.object).toBe("chat.completion.chunk");
  await router.completion({ model: "gpt-4", messages }).catch(() => undefined);
  await router.close();
  server.close();
  return { text: Buffer.concat(sent.map((one) => one.body)).toString("latin1"), authorization: sent[0]?.authorization };
}

it("sends generations with prompt, answer, usage and cost, streams put together, failures as errors", async () => {
  const { text, authorization } = await run({});
  expect(authorization).toBe(`Basic ${Buffer.from("pk-1:sk-1").toString("base64")}`);
  for (const part of [
    "generation",
    "my-trace",
    "s1",
    "u1",
    "t1",
    "the question",
    "the answer",
    "streamed answer",
    "scripted internal_server",
  ])
    expect(text).toContain(part);
});

it("leaves prompts and answers out when it is told to, and sends what it is told to", async () => {
  const { text } = await run({ redact: true, on: ["success"] });
  for (const part of ["the question", "the answer", "scripted internal_server"]) expect(text).not.toContain(part);
  expect(text).toContain("my-trace");
});
