// A vendor that costs next to nothing: plain sockets and prepared answers, selected by the path. /SIZE/v1/... is a plain
// answer of that many bytes, /events/v1/... a stream sent at once, /paced/v1/... a stream with one event every 5 ms.
import { type AddressInfo, createServer, type Socket } from "node:net";
import { chatAnswer, chatEvents, paceMs } from "./canned-answers.js";

const headEnd = Buffer.from("\r\n\r\n");

function chunked(pieces: readonly Buffer[]): Buffer {
  return Buffer.concat(
    pieces.flatMap((piece) => [Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from("\r\n")]),
  );
}

function wholeAnswer(bytes: number): Buffer {
  const body = chatAnswer(bytes);
  const head = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${String(body.length)}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}

const streamHead = Buffer.from(
  "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n",
);
const streamEnd = Buffer.from("0\r\n\r\n");
const events = chatEvents();
const stream = Buffer.concat([streamHead, ...events.map((event) => chunked([event])), streamEnd]);
const paced = events.map((event, index) =>
  Buffer.concat([
    ...(index === 0 ? [streamHead] : []),
    chunked([event]),
    ...(index === events.length - 1 ? [streamEnd] : []),
  ]),
);
const answers = new Map<string, Buffer>();

/** Streams in progress. One timer serves all of them. */
const running = new Map<Socket, number>();
setInterval(() => {
  for (const [socket, next] of running) {
    socket.write(paced[next] ?? streamEnd);
    if (next + 1 < paced.length) running.set(socket, next + 1);
    else running.delete(socket);
  }
}, paceMs);

function answer(socket: Socket, kind: string): void {
  if (kind === "events") socket.write(stream);
  else if (kind === "paced") {
    socket.write(paced[0] ?? streamEnd);
    running.set(socket, 1);
  } else {
    let whole = answers.get(kind);
    if (whole === undefined) {
      whole = wholeAnswer(Number(kind));
      answers.set(kind, whole);
    }
    socket.write(whole);
  }
}

/** Parses requests only as far as necessary to find their end. */
function serve(socket: Socket): void {
  let rest: Buffer | undefined;
  let kind = "";
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
      kind = /^\w+ \/(?<kind>\w+)\//u.exec(head)?.groups?.["kind"] ?? "1024";
      left = Number(/content-length: *(?<length>\d+)/iu.exec(head)?.groups?.["length"] ?? 0);
      bytes = bytes.subarray(end + headEnd.length);
    }
    left -= bytes.length;
    if (left > 0) return;
    left = -1;
    answer(socket, kind);
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
