// The client and the vendor of `holds.ts`, in a process of their own: what they do must not count.
import { createServer, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import { chatAnswer } from "../wires/chat.js";

/** A request that is kept, and sent whenever `"ask"` arrives. */
export interface Prepared {
  readonly port: number;
  readonly path: string;
  readonly body: Uint8Array;
}

export interface Answered {
  /** 0: there was no answer. */
  readonly status: number;
}

const embedded = Buffer.from(
  JSON.stringify({ object: "list", model: "m", data: [{ object: "embedding", index: 0, embedding: [0.5] }] }),
);
const messagesAnswer = Buffer.from(
  JSON.stringify({
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "claude",
    content: [{ type: "text", text: "hello" }],
    stop_reason: "end_turn",
    usage: { input_tokens: 1, output_tokens: 1 },
  }),
);
const answer = chatAnswer(300);

/** Under `/flaky`, every other request fails. */
let failed = false;

const server = createServer((message, response) => {
  message.resume();
  message.on("end", () => {
    const { url = "" } = message;
    response.setHeader("content-type", "application/json");
    failed = url.startsWith("/flaky") && !failed;
    if (failed) {
      response.statusCode = 500;
      response.end("{}");
    } else response.end(url.endsWith("/messages") ? messagesAnswer : url.includes("embeddings") ? embedded : answer);
  });
});

function ask({ port, path, body }: Prepared): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json", "content-length": body.length };
    const asked = request({ port, host: "127.0.0.1", path, method: "POST", headers }, (response: IncomingMessage) => {
      response.resume();
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0 });
      });
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

let prepared: Prepared | undefined;

process.on("message", (message: Prepared | "ask") => {
  if (message !== "ask") {
    prepared = message;
    process.send?.("ready");
    return;
  }
  if (prepared === undefined) return;
  ask(prepared).then(
    (answered) => process.send?.(answered),
    () => process.send?.({ status: 0 } satisfies Answered),
  );
});

server.listen(0, "127.0.0.1", () => {
  process.send?.((server.address() as AddressInfo).port);
});
