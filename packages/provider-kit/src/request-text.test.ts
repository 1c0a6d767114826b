import type { JsonObject, ProviderCall } from "@modelyard/core";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { AddedField, bodyOf } from "./request-text.js";

const usage = new AddedField("stream_options", { include_usage: true });

function sent(requestText: string | undefined, { model = "vendor-model", addsUsage = false } = {}, given?: JsonObject) {
  const request = given ?? (JSON.parse(requestText ?? "{}") as JsonObject);
  const body = bodyOf({ request, requestText, model } as unknown as ProviderCall, addsUsage ? usage : undefined);
  return typeof body === "string" ? body : new TextDecoder().decode(body as Uint8Array);
}

/** With a byte order mark, which decoders remove. */
const marked = (text: string): Uint8Array => new TextEncoder().encode(`\uFEFF${text}`);

const simple = '{"model": "group", "seed": 12345678901234567890, "messages": [{"role":"user","content":"hi"}]}';

describe("the body of a call with a known text", () => {
  it("is that text with the vendor's model, including numbers that JavaScript cannot represent", () => {
    expect(sent(simple)).toBe(simple.replace('"group"', '"vendor-model"'));
  });

  it("is that text if only characters beyond ASCII are escaped, as by many clients", () => {
    const text = String.raw`{"model":"group","seed":12345678901234567890,"messages":[{"content":"caf\u00e9 \u2014 \ud83d\ude00"}]}`;
    expect(sent(text)).toBe(text.replace('"group"', '"vendor-model"'));
  });

  it.each([
    ["another object before it", '{ "metadata":{"model":"other"}, "a":1.0,"model" :  "group" }'],
    ["another object after it", '{ "model":"group" ,"tools":[{"properties":{"model":{"type":1.0}}}]}'],
    ["a list or a value", '{"required":["model"],"model":"group","of":"model","a":1.0}'],
    ["a text with quotes", String.raw`{"a":"\"model\":\"x\\","model":"group","model ":"model","b":1.0}`],
  ])("is that text if the key is also in %s", (_, text) => {
    const places = [...text.matchAll(/"group"/gu)];
    expect(places).toHaveLength(1);
    expect(sent(text)).toBe(text.replace('"group"', '"vendor-model"'));
  });

  it("is that text if letters are escaped in its values, and the model's name among them", () => {
    const text = String.raw`{"model":"group","a":1.0,"content":"A \u0061"}`;
    expect(sent(text)).toBe(text.replace(String.raw`"group"`, '"vendor-model"'));
  });

  it("asks a stream for its usage if the caller did not", () => {
    const body = sent(simple, { addsUsage: true });
    expect(body).toContain("12345678901234567890");
    expect(JSON.parse(body)).toEqual({
      ...JSON.parse(simple),
      model: "vendor-model",
      stream_options: { include_usage: true },
    });
  });

  it("keeps other options of a stream", () => {
    const text = '{"model":"group","stream_options":{"include_obfuscation":false}}';
    expect(JSON.parse(sent(text, { addsUsage: true }))).toEqual({
      model: "vendor-model",
      stream_options: { include_obfuscation: false, include_usage: true },
    });
  });

  it.each([
    ["a second model behind the first", '{"model":"first","model":"group"}'],
    ["a second model in escapes", String.raw`{"model":"first","mod\u0065l":"group"}`],
    ["a model in escapes alone", String.raw`{"\u006dodel":"group","messages":[]}`],
    ["a name with quotes", String.raw`{"model":"gr\"oup"}`],
  ])("is written again for %s", (_, text) => {
    const body = sent(text);
    expect(body.match(/vendor-model/gu)).toHaveLength(1);
    expect(body).not.toContain("first");
    expect(JSON.parse(body)).toEqual({ ...(JSON.parse(text) as JsonObject), model: "vendor-model" });
  });

  it.each([
    ["its own text", (text: string) => ({ text: () => text })],
    ["its own bytes", (text: string) => ({ text: () => text, bytes: new TextEncoder().encode(text) })],
    ["its own bytes behind a mark", (text: string) => ({ text: () => text, bytes: marked(text) })],
    ["text that is serialized again", () => undefined],
  ])("is bytes if it is long: %s", (_, textOf) => {
    const content = ["e".repeat(5_000), "\u00E9\u4E16\u{1F600}".repeat(2_000)];
    for (const [addsUsage, said, first] of content.flatMap(
      (piece) =>
        [
          [false, piece, piece],
          [true, piece, "\u4E16"],
        ] as const,
    )) {
      const text = JSON.stringify({ user: first, stream: true, model: "group", messages: [{ content: said }] });
      const call = { request: JSON.parse(text) as JsonObject, requestText: textOf(text), model: "vendor-model" };
      const body = bodyOf(call as unknown as ProviderCall, addsUsage ? usage : undefined);
      expect(body).toBeInstanceOf(Uint8Array);
      expect(JSON.parse(new TextDecoder().decode(body as Uint8Array))).toEqual({
        ...call.request,
        model: "vendor-model",
        ...(addsUsage ? { stream_options: { include_usage: true } } : {}),
      });
    }
  });

  it("means the same as the request, whatever it contains and however it is formatted", () => {
    const names = fc.oneof(fc.constantFrom("model", "a", 'b"model"', "stream_options"), fc.string());
    const layouts = fc.constantFrom(undefined, 1, "\t");
    fc.assert(
      fc.property(
        fc.dictionary(names, fc.jsonValue()),
        fc.string({ minLength: 1 }),
        fc.boolean(),
        layouts,
        fc.boolean(),
        (fields, model, last, layout, addsUsage) => {
          const rest = Object.fromEntries(Object.entries(fields).filter(([name]) => name !== "model"));
          const request: JsonObject = last ? { ...rest, model } : { model, ...rest };
          const text = JSON.stringify(request, undefined, layout);
          const plain = sent(undefined, { addsUsage }, JSON.parse(text) as JsonObject);
          expect(JSON.parse(sent(text, { addsUsage }))).toEqual(JSON.parse(plain));
        },
      ),
    );
  });
});

describe("the body of a call with a very long text", () => {
  const text = (more: JsonObject, content = "word ".repeat(500_000)): string =>
    JSON.stringify({ stream: true, messages: [{ role: "user", content }], ...more });
  const bytesOf = async (requestText: string, addsUsage = false): Promise<string> => {
    const lazy = { text: () => requestText, bytes: new TextEncoder().encode(requestText) };
    const request = JSON.parse(requestText) as JsonObject;
    const made: unknown = bodyOf(
      { request, requestText: lazy, model: "vendor" } as unknown as ProviderCall,
      addsUsage ? usage : undefined,
    );
    expect(made).toBeInstanceOf(Promise);
    return new TextDecoder().decode((await made) as Uint8Array);
  };

  afterEach(() => {
    vi.restoreAllMocks();
  });

  it("is that text with the vendor's model, edited in several turns of the event loop", async () => {
    const seed = `,"seed":12345678901234567890}`;
    const long = text({ model: "group" }).replace(/\}$/u, seed);
    const timers = vi.spyOn(globalThis, "setTimeout");
    expect(await bytesOf(long)).toBe(long.replace('"group"', '"vendor"'));
    expect(timers.mock.calls.length).toBeGreaterThan(3);
    expect(await bytesOf(long, true)).toBe(
      long.replace('"group"', '"vendor"').replace("{", '{"stream_options":{"include_usage":true},'),
    );
  });

  it.each([
    ["at the beginning", 0],
    ["in the middle", 1],
    ["at the end", 2],
  ])("is sent with all of its characters if the model is %s, however many bytes they have", async (_, place) => {
    const parts = [`"a":"${"文字😀é".repeat(20_000)}"`, `"b":"${"😀".repeat(700_000)}x"`];
    const long = `\n{${parts.toSpliced(place, 0, '"model": "group"').join(",")}}`;
    const bytes = new TextEncoder().encode(long);
    for (const mark of [[], [0xef, 0xbb, 0xbf]]) {
      const lazy = {
        text: () => {
          throw new Error("the text was made in one turn");
        },
        textInTurns: async () => long,
        bytes: new Uint8Array([...mark, ...bytes]),
      };
      const call = { request: { model: "group" }, requestText: lazy, model: "vendor" } as unknown as ProviderCall;
      const edited = long.replace('"group"', '"vendor"');
      const sentWith = async (addsUsage: boolean): Promise<string> =>
        new TextDecoder("utf-8", { ignoreBOM: true }).decode(
          (await bodyOf(call, addsUsage ? usage : undefined)) as Uint8Array,
        );
      expect(await sentWith(false)).toBe(edited);
      expect(await sentWith(true)).toBe(edited.replace("{", '{"stream_options":{"include_usage":true},'));
    }
  });

  it.each([
    ["has the key twice, the second amid a piece's end", 1024 * 1024 - 4],
    ["has the key twice, the second at a piece's end", 1024 * 1024 - 7],
    ["has the key twice, the second at a piece's beginning", 1024 * 1024],
  ])("is written again if it %s", async (_, place) => {
    const start = '{"model":"group","x":"';
    const long = `${start}${"x".repeat(place - start.length - 2)}","model":"group","y":"${"y".repeat(1_000_000)}"}`;
    expect(long.indexOf('"model"', 10)).toBe(place);
    expect(JSON.parse(await bytesOf(long))).toEqual({ ...JSON.parse(long), model: "vendor" });
    expect((await bytesOf(long)).match(/"model"/gu)).toHaveLength(1);
  });

  it("is written again if letters are escaped, or the stream has other options", async () => {
    const hidden = text({ model: "group" }).replace(/\}$/u, ',"\\u006dodel":"group"}');
    expect((await bytesOf(hidden)).includes("\\u006d")).toBe(false);
    const options = text({ model: "group", stream_options: { x: 1 } });
    expect((JSON.parse(await bytesOf(options, true)) as JsonObject)["stream_options"]).toEqual({
      x: 1,
      include_usage: true,
    });
  });
});
