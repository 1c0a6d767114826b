import { type ErrorKind, RouterError } from "@modelyard/core";
import { describe, expect, it } from "vitest";
import { messagesSurface } from "./messages.js";

const trail = {} as Parameters<typeof messagesSurface.events>[0];

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

describe("a stream on the Messages wire", () => {
  const writer = messagesSurface.events(trail, undefined);

  it("names the type of each event, and passes on the vendor's bytes", () => {
    const chunks = [{ type: "message_start", message: {} }, { type: "message_stop" }];
    const part = { chunks, content: true, bytes: undefined } as unknown as Parameters<typeof writer.part>[0];
    expect(writer.part(part)).toBe(
      'event: message_start\ndata: {"type":"message_start","message":{}}\n\n' +
        'event: message_stop\ndata: {"type":"message_stop"}\n\n',
    );
    const bytes = new Uint8Array([1, 2]);
    expect(writer.part({ ...part, bytes })).toBe(bytes);
    expect(writer.end(trail)).toBeUndefined();
  });

  it("has pings, and reports a failure as an event", () => {
    expect(writer.ping).toBe('event: ping\ndata: {"type":"ping"}\n\n');
    const text = writer.error(new RouterError({ kind: "stream_interrupted", message: "It broke." })) as string;
    expect(text).toMatch(/^event: error\ndata: \{"type":"error","error":\{"type":"api_error","message":"It broke\."/u);
  });
});
