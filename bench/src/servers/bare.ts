// A bare pass-through, as the lower bound of what a proxy costs: node:http and undici's dispatcher. It parses and forwards
// the body and returns the answer, without any routing, counting or checks. The model selects the kind of answer.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Agent } from "undici";

const upstream = process.argv[2] ?? "";
const agent = new Agent({ pipelining: 1, headersTimeout: 0, bodyTimeout: 0 });

const server = createServer({ noDelay: true }, (request, response) => {
  const pieces: Buffer[] = [];
  request.on("data", (piece: Buffer) => {
    pieces.push(piece);
  });
  request.on("end", () => {
    const body = JSON.parse(Buffer.concat(pieces).toString()) as { readonly model: string };
    agent.dispatch(
      {
        origin: upstream,
        path: `/${body.model}/v1/chat/completions`,
        method: "POST",
        headers: { "content-type": "application/json", authorization: "Bearer k" },
        body: JSON.stringify(body),
      },
      {
        onRequestStart: () => undefined,
        onResponseStart: (_controller, status, headers) => {
          response.writeHead(status, { "content-type": String(headers["content-type"]) });
        },
        onResponseData: (_controller, data) => {
          response.write(data);
        },
        onResponseEnd: () => {
          response.end();
        },
        onResponseError: () => {
          response.destroy();
        },
      },
    );
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", 1_024, () => {
  process.stdout.write(`listening ${String((server.address() as AddressInfo).port)}\n`);
});
