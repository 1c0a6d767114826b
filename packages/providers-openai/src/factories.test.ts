import { Secret } from "@modelyard/core";
import { describe, expect, it } from "vitest";
import { azure, openai, openaiCompatible } from "./factories.js";

const wrong = (options: object): never => options as never;

describe("options of the factories", () => {
  it.each([
    [() => openai(wrong({ baseURL: "https://x.example" })), 'openai.baseURL: unknown option. Did you mean "baseUrl"?'],
    [() => openai(wrong({ key: "sk-canary" })), "openai.key: unknown option."],
    [() => openai(wrong({ apiKey: 5 })), "openai.apiKey: expected a string, got a number."],
    [() => openai(wrong({ transport: () => undefined })), "openai.transport: expected a transport, got a function."],
    [() => openai("sk-canary" as never), "openai: expected an object, got a string."],
    [() => azure(wrong({ apiVersoin: "2024" })), 'azure.apiVersoin: unknown option. Did you mean "apiVersion"?'],
    [
      () => openaiCompatible(wrong({ name: "groq", keyles: true })),
      'openaiCompatible.keyles: unknown option. Did you mean "keyless"?',
    ],
    [
      () => openaiCompatible(wrong({ baseUrl: "http://localhost:1" })),
      "openaiCompatible.name: a non-empty string is required.",
    ],
  ])("are refused if they cannot work: %#", (make, message) => {
    expect(make).toThrow(
      expect.objectContaining({ kind: "invalid_option", message: expect.stringContaining(message) as unknown }),
    );
    expect(make).not.toThrow("canary");
  });

  it("may be undefined, and a key may be a string or a secret from any copy of core", () => {
    const options = { apiKey: undefined, baseUrl: undefined };
    expect(openai(wrong(options)).name).toBe("openai");
    for (const apiKey of ["k", new Secret("k"), { reveal: () => "k" }])
      expect(azure(wrong({ apiKey })).name).toBe("azure");
  });
});
