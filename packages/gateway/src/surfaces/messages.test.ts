import { type ErrorKind, RouterError, type Trail } from "@modelyard/core";
import type { Bytes, StreamPart, StreamWriter, SurfaceAnswer } from "@modelyard/core/kit";
import { describe, expect, it } from "vitest";
import { messagesSurface } from "./messages.js";

const trail = { callId: "call-1", requestedModel: "fast", attempts: [] } as unknown as Trail;

describe("an error on the Messages wire", () => {
  it.each<readonly [ErrorKind, number | undefined, number, string]>([
    ["bad_request", undefined, 400, "invalid_request_error"],
    ["bad_request", 415, 415, "invalid_request_error"],
    ["authentication", undefined, 401, "authentication_error"],
    ["model_not_found", undefined, 404, "not_found_error"],
    ["payload_too_large", undefined, 413, "request_too_large"],
    ["rate_limit", undefined, 429, "rate_limit_error"],
    ["overloaded", 503, 529, "overloaded_error"],
    ["internal_server", undefined, 500, "api_error"],
  ])("of the kind %s with the status %s is a %i %s", (kind, status, expected, type) => {
    const error = new RouterError({ kind, message: "It failed.", ...(status === undefined ? {} : { status }) });
    const answer = messagesSurface.writeError(error, "call-1");
    expect(answer.status).toBe(expected);
    const body = { type: "error", error: { type, message: "It failed." }, request_id: "call-1" };
    expect(JSON.parse(answer.body as string)).toMatchObject(body);
  });
});

const start = { type: "message_start", message: { id: "m", model: "vendor-1" } };
const stop = { type: "message_stop" };

function partOf(chunks: readonly object[], bytes?: string, done = false): StreamPart {
  const encoded = bytes === undefined ? undefined : new TextEncoder().encode(bytes);
  return { chunks: chunks as never, bytes: encoded, content: true, finished: 0, done, usage: undefined };
}

function textOf(bytes: Bytes | undefined): string {
  return typeof bytes === "string" ? bytes : new TextDecoder().decode(bytes);
}

describe("a stream on the Messages wire", () => {
  const begin = (): StreamWriter => messagesSurface.events(trail, undefined);

  it("names the type of each event, and the model that was asked for", () => {
    const writer = begin();
    expect(writer.part(partOf([start, { type: "content_block_stop", index: 0 }]))).toBe(
      'event: message_start\ndata: {"type":"message_start","message":{"id":"m","model":"fast"}}\n\n' +
        'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n',
    );
    expect(writer.part(partOf([start]))).toContain("vendor-1");
    expect(writer.headers).toEqual({ "request-id": "call-1" });
  });

  it("ends with the vendor's own error event, unless it is in another format", () => {
    const data = '{ "type":"error",\n"error" : {"type":"overloaded_error","message":"Overloaded", "n":1.0} }';
    const ending = (body: string): Bytes | undefined => {
      const vendorAnswer = { status: 200, headers: {}, body };
      const error = new RouterError({ kind: "overloaded", source: "provider", message: "Overloaded", vendorAnswer });
      expect(messagesSurface.writeError(error, "call-1").status).toBe(529);
      return begin().error(error);
    };
    expect(ending(data)).toBe(
      `event: error\n${data
        .split("\n")
        .map((line) => `data: ${line}\n`)
        .join("")}\n`,
    );
    const written = `event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"`;
    for (const other of ['{"error":{"message":"Overloaded"}}', "Overloaded", "[]"])
      expect(textOf(ending(other)).startsWith(written)).toBe(true);
  });

  it("passes on the vendor's bytes except for the name of the model", () => {
    const writer = begin();
    const ping = partOf([{ type: "ping" }], 'event: ping\ndata: { "type": "ping" }\n\n');
    expect(writer.part(ping)).toBe(ping.bytes);
    const events = (model: string): string =>
      `: "vendor-1"\r\nevent: message_start\r\ndata: {"model":"vendor-1", "type":"message_start", "x": 1.0,` +
      `"message":{"usage":{"model":"vendor-1"}, "model" : "${model}"}}\r\n\r\nevent: ping\r\ndata: {}\r\n\r\n`;
    expect(textOf(writer.part(partOf([start, { type: "ping" }], events("vendor-1"))))).toBe(events("fast"));
    const other = partOf([], "unreadable");
    expect(writer.part(other)).toBe(other.bytes);
  });

  it("passes on all bytes if the vendor wrote the name that was asked for", () => {
    const part = partOf([{ ...start, message: { model: "fast" } }], "bytes");
    expect(begin().part(part)).toBe(part.bytes);
  });

  it("writes the event again if the name is not where it is expected", () => {
    const text = textOf(
      begin().part(partOf([start], String.raw`data: {"type":"message_start","message":{"mod\u0065l":"vendor-1"}}`)),
    );
    expect(text).toContain('"message":{"id":"m","model":"fast"}');
  });

  it("writes the events again if the one with the name has several lines", () => {
    const lines = JSON.stringify(start, null, 1).replaceAll(/^/gmu, "data: ");
    const text = textOf(begin().part(partOf([start, { type: "ping" }], `${lines}\n\ndata: {"type":"ping"}\n\n`)));
    expect(text).toContain('"message":{"id":"m","model":"fast"}');
    expect(text).toContain('data: {"type":"ping"}\n\n');
    const named = partOf([{ ...start, message: { model: "fast" } }], `${lines.replace("vendor-1", "fast")}\n\n`);
    expect(begin().part(named)).toBe(named.bytes);
  });

  it("does not read the parsed events of a part that has bytes", () => {
    const part = (bytes: string, done: boolean): StreamPart =>
      Object.defineProperty(partOf([], bytes, done), "chunks", {
        get: () => {
          throw new Error("The events were parsed.");
        },
      });
    const writer = begin();
    const events = `event: message_start\ndata: ${JSON.stringify(start)}\n\n`;
    expect(textOf(writer.part(part(events, false)))).toBe(events.replace("vendor-1", "fast"));
    expect(textOf(writer.part(part("bytes", false)))).toBe("bytes");
    writer.part(part("bytes", true));
    expect(writer.end(trail)).toBeUndefined();
  });

  it("ends with one end mark, whether or not the vendor sent it", () => {
    const mark = 'event: message_stop\ndata: {"type":"message_stop"}\n\n';
    const complete = begin();
    expect(complete.part(partOf([stop], undefined, true))).toBe(mark);
    expect(complete.end(trail)).toBeUndefined();
    const passed = begin();
    passed.part(partOf([], "bytes", true));
    expect(passed.end(trail)).toBeUndefined();
    expect(begin().end(trail)).toBe(mark);
    const replayed = begin();
    replayed.part(partOf([{ type: "message_delta", delta: {} }], undefined, true));
    expect(replayed.end(trail)).toBe(mark);
  });

  it("has pings, and reports a failure as an event", () => {
    const writer = begin();
    expect(writer.ping).toBe('event: ping\ndata: {"type":"ping"}\n\n');
    const text = writer.error(new RouterError({ kind: "stream_interrupted", message: "It broke." })) as string;
    expect(text).toMatch(
      /^event: error\ndata: \{"type":"error","error":\{"type":"overloaded_error","message":"It broke\."/u,
    );
    expect(text).toContain('"request_id":"call-1"');
  });
});

describe("an answer on the Messages wire", () => {
  const value = { id: "m", model: "vendor-1", content: [{ type: "tool_use", input: { model: "vendor-1" } }] };
  const written = async (bytes: Bytes | undefined, model = "vendor-1"): Promise<SurfaceAnswer> =>
    messagesSurface.write({ kind: "answer", value: { ...value, model } as never, bytes, trail }, undefined);

  it("names the model that was asked for, and keeps all other bytes", async () => {
    const json = (model: string): string =>
      `{"content":[{"type":"tool_use","input":{"model":"vendor-1"}}], "n": 1.0, "model" : "${model}","é":"✓"}`;
    expect((await written(json("vendor-1"))).body).toBe(json("fast"));
    expect(textOf((await written(new TextEncoder().encode(json("vendor-1")))).body)).toBe(json("fast"));
    const late = (model: string): string => `{"x":"${"é".repeat(5_000)}","model":"${model}"}`;
    expect(textOf((await written(new TextEncoder().encode(late("vendor-1")))).body)).toBe(late("fast"));
    expect(JSON.parse(textOf((await written(undefined)).body))).toEqual({ ...value, model: "fast" });
    expect((await written(json("vendor-1"))).headers["request-id"]).toBe("call-1");
  });

  it("is written again if the name is not where it is expected", async () => {
    const escaped = String.raw`{"mod\u0065l":"vendor-1"}`;
    for (const bytes of [escaped, new TextEncoder().encode(escaped), '{"model":"first","model":"vendor-1"}'])
      expect(JSON.parse(textOf((await written(bytes)).body))).toEqual({ ...value, model: "fast" });
  });

  it("is passed on byte for byte if the vendor wrote that name", async () => {
    const bytes = new TextEncoder().encode('{ "model":"fast" }');
    expect((await written(bytes, "fast")).body).toBe(bytes);
  });
});
