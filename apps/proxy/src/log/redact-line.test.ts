import { describe, expect, it } from "vitest";
import { redactLine } from "./redact-line.js";

describe("redactLine", () => {
  it("returns a line without secret fields as it is, also when a string quotes such a field", () => {
    const line = `${JSON.stringify({ msg: 'no "prompt": here', prompts: 1 })}\n`;
    expect(redactLine(line)).toBe(line);
  });

  it.each(["apiKey", "api_key", "authorization", "password", "messages", "prompt"])("hides %s at any depth", (key) => {
    const secret = { text: "canary" };
    const fields = { [key]: "canary", one: { [key]: secret, two: [{ [key]: secret, kept: 1 }] } };
    const [hidden, kept] = [{ [key]: "[redacted]" }, { kept: 1 }];
    const wished = { ...hidden, one: { ...hidden, two: [{ ...hidden, ...kept }] } };
    expect(redactLine(`${JSON.stringify(fields)}\n`)).toBe(`${JSON.stringify(wished)}\n`);
  });
});
