import { describe, expect, it } from "vitest";
import { PromptCache, promptCaches } from "./prompt-cache.js";

const minute = 60_000_000;
const block = (id: string, tokens: number): { readonly id: string; readonly tokens: number } => ({ id, tokens });
const system = block("system", 1_000);
const turns = [block("turn 1", 500), block("turn 2", 300)];

describe("PromptCache", () => {
  it("finds the longest beginning that it has", () => {
    const cache = new PromptCache({ idleMs: 300_000 });
    cache.store([system, ...turns], 0);
    expect(cache.lookUp([system, ...turns], 0)).toBe(1_800);
    expect(cache.lookUp([system, block("other", 500)], 0)).toBe(1_000);
    expect(cache.lookUp([block("other", 500), system], 0)).toBe(0);
  });

  it("forgets what was not used for the vendor's time, which each use prolongs", () => {
    const cache = new PromptCache(promptCaches.anthropic);
    cache.store([system, ...turns], 0);
    cache.store([system, ...turns], 4 * minute);
    expect(cache.lookUp([system, ...turns], 8 * minute)).toBe(1_800);
    expect(cache.lookUp([system, ...turns], 10 * minute)).toBe(0);
  });

  it("counts in the vendor's steps, and nothing below the vendor's minimum", () => {
    const cache = new PromptCache(promptCaches.openai);
    cache.store([system, ...turns], 0);
    expect(cache.lookUp([system], 0)).toBe(0);
    expect(cache.lookUp([system, ...turns], 0)).toBe(1_792);
  });

  it("makes room by forgetting the end of what was not used for the longest time", () => {
    const cache = new PromptCache({ idleMs: Number.POSITIVE_INFINITY, capacityTokens: 2_000 });
    cache.store([system, ...turns], 0);
    cache.store([block("other", 600)], 1);
    expect(cache.lookUp([system, ...turns], 2)).toBe(1_000);
    expect(cache.lookUp([block("other", 600)], 2)).toBe(600);
  });
});
