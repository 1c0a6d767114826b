import { describe, expect, it } from "vitest";
import { inferProvider, type RegisteredProviders } from "./infer-provider.js";

const registered: RegisteredProviders = new Map([
  ["first", { claims: /^shared-/gu }],
  ["second", { claims: /^(?:shared|own)-/u }],
  ["third", {}],
]);
const infer = (model: string, explicit?: string) => inferProvider(model, explicit, registered, "modelList[0]");

describe("the provider of a model name", () => {
  it("is named by the prefix", () => {
    expect(infer("third/shared-model")).toEqual({ provider: "third", model: "shared-model" });
  });

  it("is the configured one, with or without the prefix", () => {
    expect(infer("third/x", "third")).toEqual({ provider: "third", model: "x" });
    expect(infer("own-x", "third")).toEqual({ provider: "third", model: "own-x" });
  });

  it("is the first provider that claims the name, however often it is looked up", () => {
    for (let count = 0; count < 3; count += 1)
      expect(infer("shared-model")).toEqual({ provider: "first", model: "shared-model" });
    expect(infer("own-model")).toEqual({ provider: "second", model: "own-model" });
  });

  it("is an error when no provider claims the name or the named provider is not registered", () => {
    expect(() => infer("nobody's")).toThrow('cannot tell which provider serves "nobody\'s"');
    expect(() => infer("nobody's")).toThrow('e.g. "first/nobody\'s"');
    expect(() => infer("fourth/x")).toThrow('the provider "fourth" is not registered');
    expect(() => infer("x", "thrid")).toThrow('Did you mean "third"?');
  });
});
