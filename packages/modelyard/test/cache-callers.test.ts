import { createGateway, toFetchHandler } from "@modelyard/gateway";
import { expect, it } from "vitest";
import { routerFromYaml } from "../src/router-from-yaml.js";

const yaml = (parameters: string): string => `
model_list:
  - { model_name: m, litellm_params: { model: openai/m, api_key: x, mock_response: yes indeed } }
litellm_settings:
  cache: true
  cache_params: { type: local${parameters} }
`;

/** Sends the same request from several callers. @returns the cache headers of the answers */
async function cacheHeaders(parameters: string, callers: readonly Readonly<Record<string, string>>[]) {
  const { router, close } = await routerFromYaml(yaml(parameters), { env: {} });
  const handler = toFetchHandler(createGateway(router));
  const answers: (string | null)[] = [];
  const keys: (string | null)[] = [];
  for (const headers of callers) {
    const body = JSON.stringify({ model: "m", messages: [{ role: "user", content: "hi" }] });
    const answer = await handler("http://gateway/v1/chat/completions", { method: "POST", headers, body });
    expect(answer.status).toBe(200);
    answers.push(answer.headers.get("x-modelyard-cache"));
    keys.push(answer.headers.get("x-litellm-cache-key"));
  }
  await close();
  return { answers, keys };
}

const callers = [
  { authorization: "Bearer key-of-ann" },
  { authorization: "Bearer key-of-bob" },
  {},
  { authorization: "Bearer key-of-ann" },
  { "x-api-key": "key-of-bob" },
  { "x-api-key": "key-of-bob", authorization: "Basic aGk=" },
  {},
];

it("a proxy's cached answers are separate for callers with different API keys", async () => {
  const { answers, keys } = await cacheHeaders("", callers);
  expect(answers).toEqual(["miss", "miss", "miss", "hit", "hit", "hit", "hit"]);
  expect(new Set(keys.filter((key) => key !== null)).size).toBe(3);
  expect(keys.join(" ")).not.toMatch(/ann|bob/u);
});

it("a proxy's cached answers are shared by all callers if the file says so", async () => {
  const { answers } = await cacheHeaders(", shared: true", callers);
  expect(answers).toEqual(["miss", "hit", "hit", "hit", "hit", "hit", "hit"]);
});
