// A bare pass-through, as the lower bound of what a proxy costs: node:http and undici's dispatcher. It parses and forwards
// the body and returns the answer, without any routing, counting or checks. The model selects the kind of answer. The
// upstream answers on the caller's wire, whatever it is.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Agent } from "undici";
import { wireNames, wires } from "../wires/wires.js";

const upstream = process.argv[2] ?? "";
const agent = new Agent({ pipelining: 1, headersTimeout: 0, bodyTimeout: 0 });
/** The headers of a call, by its path. */
const headers: Readonly<Record<string, Readonly<Record<string, string>>>> = Object.fromEntries(
  wireNames.map((name) => [`/v1${wires[name].path}`, { "content-type": "application/json", ...wires[name].headers }]),
);

const server = createServer({ noDelay: true }, (request, response) => {
  const pieces: Buffer[] = [];
  const { url = "" } = request;
  request.on("data", (piece: Buffer) => {
    pieces.push(piece);
  });
  request.on("end", () => {
    const body = JSON.parse(Buffer.concat(pieces).toString()) as { readonly model: string };
    const { model } = body;
    const dash = model.indexOf("-");
    agent.dispatch(
      {
        origin: upstream,
        path: `/${dash === -1 ? model : model.slice(0, dash)}${url}`,
        method: "POST",
        headers: headers[url] ?? {},
        body: JSON.stringify(body),
      },
      {
        onRequestStart: () => undefined,
        onResponseStart: (_controller, status, given) => {
          response.writeHead(status, { "content-type": String(given["content-type"]) });
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
