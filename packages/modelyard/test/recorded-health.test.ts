import { errorKinds, type RouterError } from "@modelyard/core";
import { recordedFailures, startUpstream, type Upstream } from "@modelyard/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { anthropic, azure, createRouter, openai } from "../src/index.js";

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream();
});
afterAll(async () => {
  await upstream.close();
});

const addresses = { openai: "/v1", azure: "", anthropic: "" } as const;
const models = { openai: "openai/gpt-4", azure: "azure/gpt-4", anthropic: "anthropic/claude-sonnet-4-5" } as const;

describe("recorded failures of vendors", () => {
  it.each(recordedFailures)(
    "start a cooldown or leave the deployment healthy, by their kind: $dialect, $name",
    async (recorded) => {
      const { dialect, status, body, headers, kind } = recorded;
      const router = createRouter({
        providers: [openai(), azure(), anthropic()],
        numRetries: 0,
        allowedFails: 0,
        modelList: ["bad", "good"].map((host, order) => ({
          id: host,
          modelName: "group",
          model: models[dialect],
          apiKey: "sk-key",
          apiBase: upstream.url(host) + addresses[dialect],
          apiVersion: "2024-10-21",
          order,
        })),
      });
      upstream.script({ host: "bad" }, { status, body, headers });
      const error = await router
        .completion({ model: "group", messages: [{ role: "user", content: "hi" }] })
        .then(() => undefined)
        .catch((thrown: unknown) => thrown as RouterError);
      expect(error?.kind).toBe(kind);
      const blame = errorKinds[error?.kind ?? "aborted"].blame;
      const [bad] = router.state().groups[0]?.deployments ?? [];
      const left = { request: "healthy", credential: "quarantined" }[blame as string] ?? "cooling";
      expect([bad?.health, bad?.reason]).toEqual([left, blame === "request" ? undefined : error?.kind]);
      expect(bad?.failures).toBe(0);
      await router.close();
    },
  );
});
