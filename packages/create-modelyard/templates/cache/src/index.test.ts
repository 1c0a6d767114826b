import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeCache } from "@modelyard/testing/conformance";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cache, folderStore, storeCache } from "./index.ts";

let parent: string;
let folders = 0;
let time = 0;

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), "cache-"));
});
afterAll(() => rm(parent, { recursive: true, force: true }));

function newFolder(): string {
  folders += 1;
  return join(parent, String(folders));
}

// Tests every promise of the contract.
describeCache("storeCache", {
  create: async () => storeCache(folderStore(newFolder()), () => time),
  advance: async (ms) => {
    time += ms;
  },
});

describe("storeCache", () => {
  it("removes an entry that has expired from the store", async () => {
    const folder = newFolder();
    const store = storeCache(folderStore(folder), () => time);
    await store.set("key", "value", 1_000);
    expect(await readdir(folder)).toHaveLength(1);
    time += 1_000;
    expect(await store.get("key")).toBeUndefined();
    expect(await readdir(folder)).toEqual([]);
  });

  it("checks the arguments of a configuration file", async () => {
    const fromFile = cache({ folder: newFolder() });
    await fromFile.set("key", "value", 60_000);
    expect(await fromFile.get("key")).toBe("value");
    expect(() => cache({})).toThrow("folder: give the path of a folder.");
  });
});
