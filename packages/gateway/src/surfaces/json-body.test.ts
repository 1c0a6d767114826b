import type { SurfaceCall } from "@modelyard/core/kit";
import { afterEach, describe, expect, it, vi } from "vitest";
import { readJson } from "./json-body.js";
import { openaiSurface } from "./openai.js";

const encoder = new TextEncoder();
const bytesOf = (value: unknown): Uint8Array => encoder.encode(JSON.stringify(value));
const chat = (content: string) => ({ model: "gpt-4", messages: [{ role: "user", content }] });

afterEach(() => {
  vi.restoreAllMocks();
});

describe("a body of JSON", () => {
  it("is read at once up to 256 KB", () => {
    const timers = vi.spyOn(globalThis, "setTimeout");
    expect(readJson(bytesOf(chat("x".repeat(250_000))))).not.toBeInstanceOf(Promise);
    expect(timers).not.toHaveBeenCalled();
  });

  it.each([
    [
      "is checked, decoded and parsed in separate turns of the event loop when it is longer",
      chat("x".repeat(300_000)),
      3,
    ],
    [
      "is checked in many turns of the event loop when it has many values",
      { x: Array.from({ length: 1_500_000 }, () => 0) },
      10,
    ],
  ])("%s", async (_, body, turns) => {
    const timers = vi.spyOn(globalThis, "setTimeout");
    const call = await readJson(bytesOf(body));
    expect(call.request).toEqual(body);
    expect(timers.mock.calls.length).toBeGreaterThanOrEqual(turns);
  });

  it.each([
    ["has too many values", `{"x":[${"0,".repeat(2_000_000)}0]}`, "more than 2000000 values"],
    ["is not UTF-8", Buffer.concat([Buffer.from('{"x":"'), Buffer.alloc(300_000, 0xff), Buffer.from('"}')]), "UTF-8"],
    ["is not JSON", `{"x":"${"x".repeat(300_000)}"`, "not valid JSON"],
  ])("is refused when it is long and %s", async (_, body, message) => {
    const bytes = typeof body === "string" ? encoder.encode(body) : body;
    await expect(readJson(bytes)).rejects.toThrow(message);
  });
});

describe("the fields that a path names", () => {
  const params = { tenant: "t1", user: "u1" };

  it.each([
    ["short", "x"],
    ["long", "x".repeat(300_000)],
  ])("are added to a %s body, whose text is not sent", async (_, text) => {
    const call = await readJson(bytesOf({ text, user: "u2" }), undefined, { params });
    expect(call).toEqual({ request: { text, user: "u1", tenant: "t1" } });
  });

  it("leave a body that already has the same values unchanged", () => {
    const body = { ...params, text: "x" };
    expect(readJson(bytesOf(body), undefined, { params })).toEqual({
      request: body,
      requestText: JSON.stringify(body),
    });
  });

  it("are not part of the body unless the route is given", () => {
    expect(readJson(bytesOf({ text: "x" }))).toMatchObject({ request: { text: "x" } });
  });
});

describe("the model of a path", () => {
  const read = (body: unknown, model: string): SurfaceCall | Promise<SurfaceCall> =>
    openaiSurface.read(bytesOf(body), undefined as never, { params: { model } } as never);

  it("is compared with the body, whose text is passed on if it names the same model", () => {
    const call = read(chat("hi"), "gpt-4");
    expect(call).toEqual({ request: chat("hi"), requestText: JSON.stringify(chat("hi")) });
  });

  it.each([["another"], [undefined], [5]])("wins over the body's %j, whose text is not sent", (model) => {
    expect(read({ ...chat("hi"), model }, "gpt-4")).toEqual({ request: chat("hi") });
  });

  it("is set in a long body too", async () => {
    const body = { ...chat("x".repeat(300_000)), model: "another" };
    expect(await read(body, "gpt-4")).toEqual({ request: { ...body, model: "gpt-4" } });
  });
});

describe("an answer that is serialized again", () => {
  const write = async (value: unknown) => openaiSurface.write({ kind: "answer", value } as never, undefined);

  it("is written at once when it is short", () => {
    const value = { data: [1] };
    expect(openaiSurface.write({ kind: "answer", value } as never, undefined)).toMatchObject({
      body: JSON.stringify(value),
    });
  });

  it("is written in several turns of the event loop when it is long", async () => {
    const value = { data: Array.from({ length: 200_000 }, (_, index) => index / 7) };
    const timers = vi.spyOn(globalThis, "setTimeout");
    const { status, headers, body } = await write(value);
    expect([status, headers]).toEqual([200, { "content-type": "application/json" }]);
    expect(new TextDecoder().decode(body as Uint8Array)).toBe(JSON.stringify(value));
    expect(timers.mock.calls.length).toBeGreaterThan(8);
  });
});
