// A vendor that costs next to nothing: plain sockets and prepared answers, selected by the path. /SIZE/v1/... is a plain
// answer of that many bytes, /events/v1/... a stream sent at once, /paced/v1/... a stream with one event every 5 ms. The
// end of the path selects the wire. Below /KIND-WIRE/... no other wire is answered, so that a proxy that asks on another one
// than intended is not measured.
import { type AddressInfo, createServer, type Socket } from "node:net";
import { wireNames, wires } from "../wires/wires.js";

/** Delay between the events of a paced stream, in milliseconds. */
const paceMs = 5;
const headEnd = Buffer.from("\r\n\r\n");
const streamHead = Buffer.from(
  "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n",
);
const streamEnd = Buffer.from("0\r\n\r\n");
const notFound = Buffer.from("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n");

/** What is written to the client: at once, or piece by piece. */
type Pieces = readonly Buffer[];

function chunk(piece: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from("\r\n")]);
}

function wholeAnswer(body: Buffer): Buffer {
  const head = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${String(body.length)}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}

/** The first event is written with the head, and the last one with the end. */
function pacedStream(events: readonly Buffer[]): Pieces {
  const pieces = events.map(chunk);
  return [
    Buffer.concat([streamHead, ...pieces.slice(0, 1)]),
    ...pieces.slice(1, -1),
    Buffer.concat([...pieces.slice(-1), streamEnd]),
  ];
}

function prepare(path: string): Pieces {
  const {
    kind = "1024",
    wire: only = "",
    end = "",
  } = /^\/(?<kind>\w+)(?:-(?<wire>\w+))?\/v1(?<end>\/[\w/]+)/u.exec(path)?.groups ?? {};
  const name = wireNames.find((wire) => wires[wire].path === end);
  if (name === undefined || (only !== "" && only !== name)) return [notFound];
  const wire = wires[name];
  if (kind === "paced") return pacedStream(wire.events());
  if (kind === "events") return [Buffer.concat([streamHead, ...wire.events().map(chunk), streamEnd])];
  return [wholeAnswer(wire.answer(Number(kind)))];
}

const prepared = new Map<string, Pieces>();

/** Streams in progress. One timer serves all of them. */
const running = new Map<Socket, { readonly pieces: Pieces; next: number }>();
setInterval(() => {
  for (const [socket, stream] of running) {
    socket.write(stream.pieces[stream.next] ?? streamEnd);
    stream.next += 1;
    if (stream.next === stream.pieces.length) running.delete(socket);
  }
}, paceMs);

function answer(socket: Socket, path: string): void {
  let pieces = prepared.get(path);
  if (pieces === undefined) {
    pieces = prepare(path);
    prepared.set(path, pieces);
  }
  socket.write(pieces[0] ?? notFound);
  if (pieces.length > 1) running.set(socket, { pieces, next: 1 });
}

/** Parses requests only as far as necessary to find their end. */
function serve(socket: Socket): void {
  let rest: Buffer | undefined;
  let path = "";
  /** Bytes of the body that have not arrived yet. -1: waiting for the head. */
  let left = -1;
  const take = (piece: Buffer): void => {
    let bytes = rest === undefined ? piece : Buffer.concat([rest, piece]);
    rest = undefined;
    if (left === -1) {
      const end = bytes.indexOf(headEnd);
      if (end === -1) {
        rest = bytes;
        return;
      }
      const head = bytes.toString("latin1", 0, end);
      path = /^\w+ (?<path>\S+)/u.exec(head)?.groups?.["path"] ?? "";
      left = Number(/content-length: *(?<length>\d+)/iu.exec(head)?.groups?.["length"] ?? 0);
      bytes = bytes.subarray(end + headEnd.length);
    }
    left -= bytes.length;
    if (left > 0) return;
    left = -1;
    answer(socket, path);
  };
  socket.on("data", take);
  socket.on("close", () => {
    running.delete(socket);
  });
  socket.on("error", () => {
    socket.destroy();
  });
}

const server = createServer({ noDelay: true }, serve);
server.listen(0, "127.0.0.1", 1_024, () => {
  process.stdout.write(`listening ${String((server.address() as AddressInfo).port)}\n`);
});
