// A vendor that costs next to nothing: answers are made once, of the size that is asked for in the path.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const answer = (bytes: number): Buffer =>
  Buffer.from(
    JSON.stringify({
      id: "chatcmpl-1",
      object: "chat.completion",
      created: 1_767_225_600,
      model: "gpt-4",
      choices: [
        {
          index: 0,
          message: { role: "assistant", content: "x".repeat(Math.max(1, bytes - 260)) },
          logprobs: null,
          finish_reason: "stop",
        },
      ],
      usage: { prompt_tokens: 9, completion_tokens: 12, total_tokens: 21 },
    }),
  );
const chunk = (delta: object, finish: string | null): string =>
  `data: ${JSON.stringify({ id: "chatcmpl-1", object: "chat.completion.chunk", created: 1_767_225_600, model: "gpt-4", choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }] })}\n\n`;
const events = [
  chunk({ role: "assistant", content: "" }, null),
  ...Array.from({ length: 50 }, () => chunk({ content: "word " }, null)),
  chunk({}, "stop"),
  "data: [DONE]\n\n",
].map((text) => Buffer.from(text));
const answers = new Map<string, Buffer>();

const server = createServer((request, response) => {
  const size = /\/(?<size>\d+)\//u.exec(request.url ?? "")?.groups?.["size"] ?? "1024";
  let body = answers.get(size);
  if (body === undefined) {
    body = answer(Number(size));
    answers.set(size, body);
  }
  const whole = body;
  let stream = false;
  request.on("data", (piece: Buffer) => {
    if (piece.includes('"stream":true')) stream = true;
  });
  request.on("end", () => {
    if (!stream) {
      response.writeHead(200, { "content-type": "application/json", "content-length": whole.length });
      response.end(whole);
      return;
    }
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const event of events) response.write(event);
    response.end();
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`listening ${String((server.address() as AddressInfo).port)}\n`);
});
