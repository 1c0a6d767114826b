import { nextTurn } from "@modelyard/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Bytes } from "@modelyard/core/kit";
import type { GatewayRequest, GatewayResponse } from "../src/http.js";
import { answer, close, get, type RawServer, startRawServer } from "./support/raw-server.js";

async function* slowly(): AsyncGenerator<Bytes> {
  for (let piece = 1; piece <= 5; piece += 1) {
    yield `data: ${String(piece)} ü\n\n`;
    await nextTurn();
  }
}

async function* atOnce(pieces: number): AsyncGenerator<Bytes> {
  for (let piece = 1; piece <= pieces; piece += 1)
    yield await Promise.resolve(new TextEncoder().encode(`data: ${String(piece)}\n\n`));
}

async function* breaksOff(): AsyncGenerator<Bytes> {
  yield "data: 1\n\n";
  yield "data: 2\n\n";
  await new Promise(process.nextTick);
  throw new Error("The stream broke.");
}

const answers: Record<string, (request: GatewayRequest) => GatewayResponse | Promise<GatewayResponse>> = {
  "/whole": () => answer("whole"),
  "/accents": () => answer("Größe"),
  "/bytes": () => answer(new Uint8Array([1, 2, 3])),
  "/nothing": () => answer(undefined),
  "/no-content": () => answer(undefined, 204),
  "/large": () => answer("x".repeat(3_000_000)),
  "/slowly": () => answer(slowly()),
  "/at-once": () => answer(atOnce(50)),
  "/much": () => answer(atOnce(5_000)),
  "/empty-stream": () => answer(atOnce(0)),
  "/breaks-off": () => answer(breaksOff()),
};
const paths = Object.keys(answers);

const readsTen = (request: GatewayRequest): Promise<GatewayResponse> =>
  request.body(10).then(
    (body) => answer(`read ${String(body.length)}`),
    () => answer("too large", 413),
  );

const post = (headers: string, body: string): string => get("/reads-ten", `${headers}\r\n`, "1.1", "POST") + body;
const expects = post("expect: 100-continue\r\ncontent-length: 3", "abc");
const mixed = paths.filter((path) => path !== "/breaks-off").map((path) => get(path));

const cases: readonly (readonly [string, string])[] = [
  ...paths.flatMap((path) => [
    [`${path}, once`, get(path, close)] as const,
    [`${path}, its head`, get(path, close, "1.1", "HEAD")] as const,
    [`${path}, as HTTP/1.0`, get(path, "", "1.0")] as const,
    [
      `${path}, as HTTP/1.0 with more to come`,
      get(path, "connection: keep-alive\r\n", "1.0") + get("/whole", "", "1.0"),
    ] as const,
    [`${path}, twice`, get(path) + get(path, close)] as const,
  ]),
  ["all of them, pipelined", mixed.join("") + mixed.toReversed().join("") + get("/slowly", close)],
  ["a body that the server asks for", expects + get("/whole", close)],
  ["a body that the server asks for, after a stream", get("/slowly") + expects + get("/whole", close)],
  ["a body that is too large", post("content-length: 3000000", "x".repeat(3_000_000))],
  [
    "a body in chunks that is too large",
    post("transfer-encoding: chunked", `${"f\r\nxxxxxxxxxxxxxxx\r\n".repeat(90_000)}0\r\n\r\n`),
  ],
];

let server: RawServer;
beforeAll(async () => {
  server = await startRawServer((request) => (answers[request.path] ?? readsTen)(request));
});
afterAll(() => {
  server.stop();
});

describe("a client is sent the same bytes with and without others", () => {
  it.each(cases)("%s", async (_, text) => {
    const alone = await server.answersTo(text);
    expect(alone).not.toBe("");
    expect(await server.besideAnother(() => server.answersTo(text))).toBe(alone);
  });

  it("in a crowd", async () => {
    const text = mixed.filter((one) => !one.includes("/large")).join("") + get("/whole", close);
    const alone = await server.answersTo(text);
    const all = await Promise.all(Array.from({ length: 70 }, () => server.answersTo(text)));
    expect(all.every((one) => one === alone)).toBe(true);
  });
});
