import { beforeEach, describe, expect, it } from "vitest";
import { adapterNames, adapters, type ServedGateway } from "./support/adapters.js";
import { threeGroups } from "./support/three-groups.js";

describe.each(adapterNames)("gateway over %s with a master key", (name) => {
  let send: ServedGateway["send"];
  beforeEach(async () => {
    ({ send } = await adapters[name](threeGroups({ masterKey: "sk-master" }).gateway));
  });

  it.each([
    ["no key", {}, 401],
    ["a wrong key", { authorization: "Bearer sk-mastes" }, 401],
    ["a shorter key", { authorization: "Bearer sk" }, 401],
    ["the key", { authorization: "Bearer sk-master" }, 200],
    ["the key in another header", { "x-api-key": "sk-master" }, 200],
    ["the key in LiteLLM's header", { "x-litellm-api-key": "sk-master", authorization: "Bearer other" }, 200],
    ["the same as a bearer token", { "x-litellm-api-key": "Bearer sk-master" }, 200],
    [
      "the key in x-api-key beside another bearer token",
      { "x-api-key": "sk-master", authorization: "Bearer other" },
      200,
    ],
    ["the key in api-key beside another bearer token", { "api-key": "sk-master", authorization: "Bearer other" }, 200],
    ["the key in api-key beside another in x-api-key", { "x-api-key": "other", "api-key": "sk-master" }, 200],
    ["the key in x-api-key beside another scheme", { "x-api-key": "sk-master", authorization: "Basic b3RoZXI=" }, 200],
    ["the key as a bearer token beside another key", { "x-api-key": "other", authorization: "Bearer sk-master" }, 200],
    ["a wrong key in both headers", { "x-api-key": "other", authorization: "Bearer sk-mastes" }, 401],
    ["x-api-key with the scheme of the other header", { "x-api-key": "Bearer sk-master" }, 401],
    [
      "the key in x-api-key beside a wrong one in LiteLLM's header",
      { "x-api-key": "sk-master", "x-litellm-api-key": "no" },
      401,
    ],
    ["a wrong key in LiteLLM's header", { "x-litellm-api-key": "no", authorization: "Bearer sk-master" }, 401],
  ])("answers %s", async (_, headers, status) => {
    expect((await send("/v1/models", { headers: headers as Record<string, string> })).status).toBe(status);
  });

  it("needs no key for health checks", async () => {
    expect((await send("/health/liveliness")).status).toBe(200);
    expect((await send("/health/readiness")).status).toBe(200);
    expect((await send("/router/state")).status).toBe(401);
  });
});

describe("gateway with a configured header for the key", () => {
  it.each([
    ["the header", { "x-my-key": "sk-master" }, 200],
    ["the header, as a bearer token", { "x-my-key": "Bearer sk-master" }, 200],
    ["a wrong key", { "x-my-key": "sk-other" }, 401],
    ["another header", { authorization: "Bearer sk-master" }, 401],
    ["x-api-key beside a wrong one", { "x-my-key": "sk-other", "x-api-key": "sk-master" }, 401],
    ["nothing", {}, 401],
  ])("checks %s", async (_, headers, status) => {
    const { gateway } = threeGroups({ masterKey: "sk-master", keyHeader: "X-My-Key" });
    const { send } = await adapters.fetch(gateway);
    expect((await send("/v1/models", { headers: headers as Record<string, string> })).status).toBe(status);
  });
});
