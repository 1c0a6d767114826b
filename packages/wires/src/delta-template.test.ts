import { describe, expect, it } from "vitest";
import { DeltaTemplate } from "./delta-template.js";

/** The text of an event, if it is like another one that was parsed. */
function textIn(learned: string, text: string, event: string): string | undefined {
  const template = new DeltaTemplate();
  template.learn(learned, text);
  return template.step(event, 0) === event.length ? event.slice(template.from, template.to) : undefined;
}

const delta = '{"type":"d","delta":"one","sequence_number":9,"obfuscation":"xyz","output_index":0}';

describe("DeltaTemplate", () => {
  it.each([
    [
      "another text, number and padding",
      '{"type":"d","delta":"two","sequence_number":10,"obfuscation":"","output_index":0}',
    ],
    ["spaces before the last brace", `${delta.slice(0, -1).replace("one", "two")}   }`],
  ])("recognizes an event with %s", (_, event) => {
    expect(textIn(delta, "one", event)).toBe("two");
  });

  it.each([
    ["an escaped quote", String.raw`say \"hi\"`, 8],
    ["an escaped letter", String.raw`caf\u00e9`, 4],
  ])("recognizes a text with %s, and knows its length", (_, text, length) => {
    const template = new DeltaTemplate("\n\n");
    template.learn(delta, "one");
    const event = `${delta.replace("one", text)}\n\n`;
    expect(template.step(`${event}${event}`, event.length)).toBe(2 * event.length);
    expect(template.length).toBe(length);
  });

  it.each([
    ["another place", delta.replace('"output_index":0', '"output_index":1')],
    ["another field", delta.replace("}", ',"usage":{}}')],
    ["no text", delta.replace("one", "")],
    ["a text with an invalid escape", delta.replace("one", String.raw`\q`)],
    ["a text with a line break", delta.replace("one", "\n")],
    ["a number that is not whole", delta.replace("9", "9.5")],
    ["a number that JSON does not allow", delta.replace("9", "09")],
    ["a number that is missing", delta.replace("9", "")],
    ["a text in its padding", delta.replace("xyz", '","delta":"')],
    ["something after it", `${delta} {}`],
    ["an end that is missing", delta.slice(0, -1)],
  ])("leaves an event with %s to the parser", (_, event) => {
    expect(textIn(delta, "one", event)).toBeUndefined();
  });

  it.each([
    ["holds the text in two fields", '{"text":"one","delta":"one"}', "one"],
    ["holds the text in none of the fields for it", '{"name":"one"}', "one"],
    ["has no text", '{"delta":""}', ""],
    ["is not an object", '["delta":"one"]', "one"],
  ])("learns nothing from an event that %s", (_, event, text) => {
    expect(textIn(event, text, event)).toBeUndefined();
  });

  it("recognizes the text whatever other fields say the same, and in whatever way it is escaped", () => {
    const event = String.raw`{"id":"caf\u00e9","text":"","delta":"caf\u00e9"}`;
    expect(textIn(event, "café", String.raw`{"id":"caf\u00e9","text":"","delta":"tea"}`)).toBe("tea");
  });

  it("knows nothing after it was told to forget", () => {
    const template = new DeltaTemplate();
    template.learn(delta, "one");
    template.forget();
    expect(template.step(delta, 0)).toBe(-1);
  });
});
