import { describe, expect, it } from "vitest";

/** What the README promises of each entry. */
const promised = {
  modelyard: [
    "createRouter",
    "routerFromYaml",
    "createGateway",
    "toFetchHandler",
    "memoryCache",
    "memoryState",
    "openai",
  ],
  "modelyard/node": ["createNodeListener", "createNodeServer"],
  "modelyard/redis": ["redisCache", "redisConnection", "redisState"],
};

describe("the entries of modelyard", () => {
  it.each(Object.entries(promised))("%s exports what the README promises", async (entry, names) => {
    const exported = (await import(entry)) as object;
    expect(Object.keys(exported)).toEqual(expect.arrayContaining(names));
  });
});
