import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { routerFromYaml } from "./router-from-yaml.js";
import type { SourceFiles } from "./source-files.js";
import { watchSource } from "./watch-source.js";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Watches files whose state at each check is the next of `looks`; `undefined`: unchanged. */
function watched(looks: readonly (string | undefined)[], reload: () => Promise<readonly string[]>) {
  const left = [...looks];
  const files = { changed: () => Promise.resolve(left.shift()) } as unknown as SourceFiles;
  const errors: unknown[] = [];
  const reloads: number[] = [];
  let look = 0;
  const stop = watchSource(() => files, reload, {
    everyMs: 7,
    onReload: () => {
      reloads.push(look);
    },
    onError: (error) => {
      errors.push(error);
    },
  });
  const next = async (): Promise<void> => {
    look += 1;
    await vi.advanceTimersByTimeAsync(7);
  };
  return { next, stop, errors, reloads };
}

it("a changed file is applied once it is the same in two checks in a row, and not while it is being written", async () => {
  const looks = [undefined, "half", "more", "whole", "whole", undefined, "back", undefined, "back", "back"];
  const { next, stop, reloads } = watched(looks, () => Promise.resolve([]));
  for (const _ of looks) await next();
  expect(reloads).toEqual([5, 10]);
  stop();
  expect(vi.getTimerCount()).toBe(0);
});

it("a changed file that is refused is reported, and the next change is still found", async () => {
  const refused = new Error("no");
  let tries = 0;
  const { next, stop, errors, reloads } = watched(["bad", "bad", "good", "good"], () => {
    tries += 1;
    return tries === 1 ? Promise.reject(refused) : Promise.resolve([]);
  });
  for (let look = 0; look < 4; look += 1) await next();
  expect([errors, reloads]).toEqual([[refused], [4]]);
  stop();
});

it("a changed file is applied without an onReload callback", async () => {
  let reloads = 0;
  const files = { changed: () => Promise.resolve("changed") } as unknown as SourceFiles;
  const stop = watchSource(
    () => files,
    () => {
      reloads += 1;
      return Promise.resolve([]);
    },
    { everyMs: 7 },
  );
  await vi.advanceTimersByTimeAsync(14);
  expect(reloads).toBe(1);
  stop();
});

it("a file is no longer watched after the router is closed", async () => {
  const folder = mkdtempSync(join(tmpdir(), "modelyard-watch-"));
  const file = join(folder, "config.yaml");
  writeFileSync(file, "model_list:\n  - { model_name: m, litellm_params: { model: openai/m, api_key: k } }\n");
  const yaml = await routerFromYaml({ file }, { env: {} });
  const before = vi.getTimerCount();
  yaml.watch();
  yaml.watch({ everyMs: 1 });
  expect(vi.getTimerCount()).toBe(before + 2);
  await yaml.close();
  expect(vi.getTimerCount()).toBe(0);
  rmSync(folder, { recursive: true });
});
