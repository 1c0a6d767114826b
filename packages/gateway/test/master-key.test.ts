import { beforeEach, describe, expect, it } from "vitest";
import { adapterNames, adapters, post, type ServedGateway } from "./support/adapters.js";
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

  const bearer = '"Authorization: Bearer KEY"';
  it.each([
    ["/v1/messages", {}, `No key was sent. Send it as ${bearer} or "x-api-key: KEY".`],
    [
      "/v1/messages",
      { "x-api-key": "sk-wrong" },
      `The key in x-api-key is not valid. Send it as "x-api-key: KEY" or ${bearer}.`,
    ],
    [
      "/v1/messages/count_tokens",
      { "x-api-key": "sk-wrong", authorization: "Bearer sk-mastes" },
      `No key in authorization, x-api-key is valid. Send it as ${bearer} or "x-api-key: KEY".`,
    ],
    [
      "/v1/responses",
      { authorization: "Bearer sk-mastes" },
      `The key in authorization is not valid. Send it as ${bearer}, "x-api-key: KEY" or "api-key: KEY".`,
    ],
    [
      "/v1/chat/completions",
      { "api-key": "sk-wrong", authorization: "Basic b3RoZXI=" },
      `The key in api-key is not valid. Send it as "api-key: KEY", ${bearer} or "x-api-key: KEY".`,
    ],
    [
      "/v1/messages",
      { "x-litellm-api-key": "no", "x-api-key": "sk-master" },
      `The key in x-litellm-api-key is not valid. Send it as "x-litellm-api-key: KEY", ${bearer} or "x-api-key: KEY".`,
    ],
  ])("says at %s with the headers %o in which of them the key belongs", async (path, headers, message) => {
    const response = await send(path, post({}, headers));
    expect([response.status, await response.json()]).toMatchObject([401, { error: { message } }]);
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

  it("says that no other header counts", async () => {
    const { gateway } = threeGroups({ masterKey: "sk-master", keyHeader: "X-My-Key" });
    const { send } = await adapters.fetch(gateway);
    const response = await send("/v1/messages", post({}, { "x-api-key": "sk-master" }));
    expect(await response.json()).toMatchObject({ error: { message: 'No key was sent. Send it as "x-my-key: KEY".' } });
  });
});
