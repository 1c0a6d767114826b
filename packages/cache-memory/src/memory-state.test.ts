import { describeSharedState } from "@modelyard/testing/conformance";
import { describe, expect, it } from "vitest";
import { memoryState } from "./memory-state.js";

describeSharedState("memoryState", { create: async () => memoryState() });

describe("memoryState", () => {
  const start = Date.UTC(2026, 0, 1);
  const cooldownUntil = (until: number) => ({ deploymentId: "d", until, reason: "rate_limit" });

  it.each([1e21, 1e300, Number.POSITIVE_INFINITY])("limits a cooldown until %d to one day", async (until) => {
    const state = memoryState();
    const seen: number[] = [];
    state.onCooldown((published) => {
      seen.push(published.until);
    });
    expect(await state.startCooldown(cooldownUntil(until), start)).toBe(start + 86_400_000);
    expect(await state.cooldowns(start)).toEqual([cooldownUntil(start + 86_400_000)]);
    expect(seen).toEqual([start + 86_400_000]);
  });

  it.each([Number.NaN, -1, Number.NEGATIVE_INFINITY])("ignores a cooldown until %d", async (until) => {
    const state = memoryState();
    await state.startCooldown(cooldownUntil(until), start);
    expect(await state.cooldowns(start)).toEqual([]);
  });

  it("holds cooldowns and reservations for as long as before when the clock is set back", async () => {
    const state = memoryState();
    const slots = [{ name: "parallel", kind: "slots", limit: 1 }] as const;
    const reserve = (reservationId: string, now: number) =>
      state.reserve({ deploymentId: "d", reservationId, limits: slots, amounts: [1], ttlMs: 120_000, now });
    await state.startCooldown(cooldownUntil(start + 5_000), start);
    expect(await reserve("orphan", start)).toEqual({ granted: true });
    const back = start - 31 * 365 * 86_400_000;
    expect(await state.cooldowns(back)).toEqual([cooldownUntil(back + 5_000)]);
    expect(await state.cooldowns(back + 5_000)).toEqual([]);
    expect(await reserve("early", back + 119_000)).toMatchObject({ granted: false });
    expect(await reserve("late", back + 120_000)).toEqual({ granted: true });
  });
});
