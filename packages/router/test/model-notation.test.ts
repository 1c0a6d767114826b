import type { Deployment, Provider } from "@modelyard/core";
import { scriptedProvider, VirtualClock } from "@modelyard/testing";
import { expect, it } from "vitest";
import { createRouter } from "../src/create-router.js";

/** A provider that reads `kind/NAME` as a deployment `NAME` of a model `kind`, and records its calls. */
function reading() {
  const seen: { readonly model: string; readonly deployment: Deployment }[] = [];
  const scripted = scriptedProvider({ clock: new VirtualClock() });
  const provider: Provider = {
    name: "openai",
    specVersion: 1,
    operations: scripted.operations,
    readModel: (written) => {
      const [kind = "", name] = written.split("/");
      return name === undefined ? { model: written } : { model: name, baseModel: kind };
    },
    call: (operation, call) => {
      seen.push({ model: call.model, deployment: call.deployment });
      return scripted.call(operation, call);
    },
  };
  return { provider, seen };
}

it.each([
  ["openai/gpt-5/prod", undefined, "prod", "gpt-5"],
  ["openai/gpt-5/prod", "o3", "prod", "o3"],
  ["openai/plain", undefined, "plain", undefined],
  ["openai/plain", "o3", "plain", "o3"],
])(
  "%s with base model %s is called as %s, and compared with known models as %s",
  async (model, baseModel, sent, like) => {
    const { provider, seen } = reading();
    const modelList = [{ modelName: "m", model, apiKey: "k", ...(baseModel === undefined ? {} : { baseModel }) }];
    const router = createRouter({ providers: [provider], modelList });
    await router.completion({ model: "m", messages: [{ role: "user", content: "hi" }] });
    expect(seen.map((call) => [call.model, call.deployment.model, call.deployment.baseModel])).toEqual([
      [sent, sent, like],
    ]);
    await router.close();
  },
);
