import { describe, expect, it } from "vitest";
import { stringInJson } from "./string-in-json.js";

function found(text: string, path: readonly string[]): string | undefined {
  const range = stringInJson(text, path);
  return range === undefined ? undefined : text.slice(range.from, range.end);
}

describe("stringInJson", () => {
  it.each([
    ['{"model":"a"}', ["model"], '"a"'],
    ['{ "id" : "model" , "model" : "a" }', ["model"], '"a"'],
    ['{"content":[{"model":"x"},{"y":"model"}],"usage":{"model":"x"},"model":"a"}', ["model"], '"a"'],
    [String.raw`{"text":"\",\"model\":\"x\"","model":"a\"b"}`, ["model"], String.raw`"a\"b"`],
    ['{"type":"message_start","message":{"id":"m","model":"a"}}', ["message", "model"], '"a"'],
    ['{"model":"x","message":{"usage":{"model":"y"},"model":"a"}}', ["message", "model"], '"a"'],
    ['{"message":{"message":{"model":"x"}},"model":"y"}', ["message", "model"], undefined],
    ['{"message":["model"],"model":"x"}', ["message", "model"], undefined],
    ['{"message":{}}', ["message", "model"], undefined],
    ['{"model":1}', ["model"], undefined],
    ['{"other":{"model":"x"}}', ["model"], undefined],
    [String.raw`{"mod\u0065l":"x"}`, ["model"], undefined],
    ['["model","x"]', ["model"], undefined],
    ['"model"', ["model"], undefined],
    ['{"model', ["model"], undefined],
    ["", ["model"], undefined],
  ] as const)("finds in %s at %j: %s", (text, path, expected) => {
    expect(found(text, path)).toBe(expected);
  });
});
