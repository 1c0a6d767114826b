import type { SharedState } from "@modelyard/core";
import type { DeploymentCooldown, LimitSpec } from "@modelyard/core/kit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

export interface SharedStateSetup {
  /** Creates a fresh, empty state that uses the caller's `now` as the time. Called once per test. */
  create(): Promise<SharedState>;
}

const start = Date.UTC(2026, 0, 1);
const rpm = (limit: number): LimitSpec => ({ name: "rpm", kind: "window", limit, windowMs: 60_000 });
const tpm = (limit: number): LimitSpec => ({ name: "tpm", kind: "window", limit, windowMs: 60_000 });
const slots = (limit: number): LimitSpec => ({ name: "parallel", kind: "slots", limit });
const bucket = (limit: number, burst: number): LimitSpec => ({
  name: "rpm",
  kind: "bucket",
  limit,
  windowMs: 60_000,
  burst,
});

/** Tests every promise of the `SharedState` contract. */
export function describeSharedState(name: string, setup: SharedStateSetup): void {
  describe(`${name} as SharedState`, () => {
    let state: SharedState;
    let ids = 0;
    beforeEach(async () => {
      state = await setup.create();
    });
    afterEach(() => state.close());

    const reserve = async (
      limits: readonly LimitSpec[],
      amounts: readonly number[],
      options: { now?: number; id?: string; ttlMs?: number; deployment?: string } = {},
    ) => {
      ids += 1;
      return state.reserve({
        deploymentId: options.deployment ?? "d",
        reservationId: options.id ?? `r${String(ids)}`,
        limits,
        amounts,
        ttlMs: options.ttlMs ?? 60_000,
        now: options.now ?? start,
      });
    };
    const settle = async (id: string, limits: readonly LimitSpec[], amounts: readonly number[], now = start) =>
      state.settle({ deploymentId: "d", reservationId: id, limits, amounts, now });
    const used = async (limits: readonly LimitSpec[], now = start) => state.used({ deploymentId: "d", limits, now });

    it("admits exactly the limit in each window", async () => {
      const limits = [rpm(3)];
      const replies = await Promise.all(Array.from({ length: 10 }, () => reserve(limits, [1])));
      expect(replies.filter((reply) => reply.granted)).toHaveLength(3);
      expect(await reserve(limits, [1], { now: start + 59_000 })).toEqual({
        granted: false,
        limit: "rpm",
        retryAfterMs: 1_000,
      });
      expect((await reserve(limits, [1], { now: start + 60_000 })).granted).toBe(true);
      expect(await used(limits, start + 60_000)).toEqual([1]);
    });

    it("reserves all amounts or none", async () => {
      const limits = [rpm(10), tpm(100), slots(5)];
      expect((await reserve(limits, [1, 80, 1])).granted).toBe(true);
      expect(await reserve(limits, [1, 30, 1])).toMatchObject({ granted: false, limit: "tpm" });
      expect(await used(limits)).toEqual([1, 80, 1]);
    });

    it("reserves nothing for amounts of 0", async () => {
      const limits = [rpm(1), tpm(100), slots(1)];
      expect((await reserve(limits, [1, 0, 0])).granted).toBe(true);
      expect(await used(limits)).toEqual([1, 0, 0]);
    });

    it("never admits an amount above the limit", async () => {
      expect(await reserve([tpm(100)], [101])).toEqual({
        granted: false,
        limit: "tpm",
        retryAfterMs: Number.POSITIVE_INFINITY,
      });
    });

    it("ignores a second reservation with the same id", async () => {
      const limits = [rpm(2)];
      expect((await reserve(limits, [1], { id: "same" })).granted).toBe(true);
      expect((await reserve(limits, [1], { id: "same" })).granted).toBe(true);
      expect(await used(limits)).toEqual([1]);
    });

    it("replaces reserved by used amounts once", async () => {
      const limits = [rpm(10), tpm(100)];
      await reserve(limits, [1, 60], { id: "r" });
      expect(await settle("r", limits, [1, 25])).toBe(true);
      expect(await settle("r", limits, [1, 0])).toBe(false);
      expect(await used(limits)).toEqual([1, 25]);
      expect(await settle("unknown", limits, [0, 0])).toBe(false);
    });

    it("ignores a copy of a reservation that arrives after its settlement", async () => {
      const limits = [rpm(10), tpm(100), slots(2)];
      await reserve(limits, [1, 60, 1], { id: "r" });
      await settle("r", limits, [1, 25, 1]);
      expect((await reserve(limits, [1, 60, 1], { id: "r" })).granted).toBe(true);
      expect(await used(limits)).toEqual([1, 25, 0]);
      expect(await settle("r", limits, [1, 60, 1])).toBe(false);
      expect(await used(limits)).toEqual([1, 25, 0]);
    });

    it("charges usage without a reservation once", async () => {
      const limits = [rpm(10), tpm(100), slots(2)];
      const unreserved = async (id: string) =>
        state.settle({
          deploymentId: "d",
          reservationId: id,
          limits,
          amounts: [1, 25, 1],
          unreserved: true,
          now: start,
        });
      expect(await unreserved("never-arrived")).toBe(true);
      expect(await unreserved("never-arrived")).toBe(false);
      expect(await used(limits)).toEqual([1, 25, 0]);
      await reserve(limits, [1, 60, 1], { id: "arrived" });
      expect(await unreserved("arrived")).toBe(true);
      expect(await used(limits)).toEqual([2, 50, 0]);
      expect((await reserve(limits, [1, 60, 1], { id: "never-arrived" })).granted).toBe(true);
      expect(await used(limits)).toEqual([2, 50, 0]);
    });

    it("ignores the settlement of an expired reservation", async () => {
      const limits = [tpm(100), slots(1)];
      await reserve(limits, [60, 1], { id: "lost", ttlMs: 1_000 });
      expect(await settle("lost", limits, [0, 1], start + 1_001)).toBe(false);
      expect(await used(limits, start + 1_001)).toEqual([60, 0]);
    });

    it("does not change a later window by a late settlement", async () => {
      const limits = [tpm(100)];
      await reserve(limits, [60], { id: "old" });
      await reserve(limits, [50], { now: start + 60_000 });
      await settle("old", limits, [0], start + 60_000);
      expect(await used(limits, start + 60_000)).toEqual([50]);
    });

    it("frees slots when they are settled", async () => {
      const limits = [slots(1)];
      await reserve(limits, [1], { id: "r" });
      expect(await reserve(limits, [1])).toEqual({ granted: false, limit: "parallel", retryAfterMs: 0 });
      await settle("r", limits, [1]);
      expect(await used(limits)).toEqual([0]);
      expect((await reserve(limits, [1])).granted).toBe(true);
    });

    it("frees the slots of an expired reservation, and keeps its other amounts charged", async () => {
      const limits = [rpm(10), slots(1)];
      await reserve(limits, [1, 1], { id: "lost", ttlMs: 1_000 });
      expect((await reserve(limits, [1, 1], { now: start + 900 })).granted).toBe(false);
      expect((await reserve(limits, [1, 1], { now: start + 1_001 })).granted).toBe(true);
      expect(await used(limits, start + 1_001)).toEqual([2, 1]);
    });

    it("keeps a reservation that is extended", async () => {
      const limits = [slots(1)];
      await reserve(limits, [1], { id: "long", ttlMs: 1_000 });
      expect(await state.extend({ deploymentId: "d", reservationId: "long", ttlMs: 5_000, now: start + 500 })).toBe(
        true,
      );
      expect((await reserve(limits, [1], { now: start + 3_000 })).granted).toBe(false);
      expect(await state.extend({ deploymentId: "d", reservationId: "never", ttlMs: 5_000, now: start })).toBe(false);
    });

    it("frees an expired reservation even if an older one was extended", async () => {
      const limits = [slots(3)];
      await reserve(limits, [1], { id: "long", ttlMs: 60_000 });
      await reserve(limits, [1], { id: "extended", ttlMs: 1_000 });
      await reserve(limits, [1], { id: "lost", ttlMs: 1_000 });
      await state.extend({ deploymentId: "d", reservationId: "extended", ttlMs: 5_000, now: start + 500 });
      expect(await used(limits, start + 1_001)).toEqual([2]);
      expect(await used(limits, start + 5_501)).toEqual([1]);
    });

    it("frees no slots of others when a reservation without slots expires", async () => {
      await reserve([slots(1)], [1], { id: "open", ttlMs: 60_000 });
      await reserve([rpm(10)], [1], { id: "lost", ttlMs: 1_000 });
      expect(await used([rpm(10), slots(1)], start + 1_001)).toEqual([1, 1]);
    });

    it("keeps what was counted when a limit changes", async () => {
      await reserve([rpm(10), tpm(100), slots(2)], [1, 60, 1], { id: "open" });
      const raised = [rpm(20), tpm(200), slots(3)];
      expect(await used(raised)).toEqual([1, 60, 1]);
      expect(await settle("open", raised, [1, 20, 1])).toBe(true);
      expect(await used(raised)).toEqual([1, 20, 0]);
      expect(await reserve([tpm(30)], [20])).toMatchObject({ granted: false, limit: "tpm" });
    });

    it("refills a bucket evenly", async () => {
      const limits = [bucket(60, 5)];
      const replies = await Promise.all(Array.from({ length: 8 }, () => reserve(limits, [1])));
      expect(replies.filter((reply) => reply.granted)).toHaveLength(5);
      expect(await reserve(limits, [1])).toMatchObject({ granted: false, limit: "rpm", retryAfterMs: 1_000 });
      expect((await reserve(limits, [1], { now: start + 1_000 })).granted).toBe(true);
      expect((await reserve(limits, [1], { now: start + 1_000 })).granted).toBe(false);
    });

    it("returns what a bucket holds, but not what has drained", async () => {
      const limits = [bucket(60, 10)];
      await reserve(limits, [10], { id: "early" });
      expect(await used(limits, start + 10_000)).toEqual([0]);
      await reserve(limits, [10], { id: "late", now: start + 10_000 });
      expect(await settle("early", limits, [0], start + 10_000)).toBe(true);
      expect(await used(limits, start + 10_000)).toEqual([10]);
      expect(await settle("late", limits, [4], start + 10_000)).toBe(true);
      expect(await used(limits, start + 10_000)).toEqual([4]);
    });

    it("counts deployments separately", async () => {
      await reserve([rpm(1)], [1]);
      expect((await reserve([rpm(1)], [1], { deployment: "other" })).granted).toBe(true);
    });

    it("only extends a cooldown, and ends it on request", async () => {
      const cooldownUntil = (until: number): DeploymentCooldown => ({ deploymentId: "d", until, reason: "rate_limit" });
      expect(await state.startCooldown(cooldownUntil(start + 5_000), start)).toBe(start + 5_000);
      expect(await state.startCooldown(cooldownUntil(start + 1_000), start)).toBe(start + 5_000);
      expect(await state.startCooldown(cooldownUntil(start + 9_000), start)).toBe(start + 9_000);
      expect(await state.cooldowns(start)).toEqual([cooldownUntil(start + 9_000)]);
      expect(await state.cooldowns(start + 9_001)).toEqual([]);
      await state.startCooldown(cooldownUntil(start + 20_000), start + 10_000);
      await state.endCooldown("d", start + 19_000);
      expect(await state.cooldowns(start + 10_000)).toEqual([cooldownUntil(start + 20_000)]);
      await state.endCooldown("d");
      expect(await state.cooldowns(start + 10_000)).toEqual([]);
    });

    it.each([1e21, 1e300, Number.POSITIVE_INFINITY])("limits a cooldown until %d to a day", async (until) => {
      const latest = start + 86_400_000;
      expect(await state.startCooldown({ deploymentId: "d", until, reason: "timeout" }, start)).toBe(latest);
      expect(await state.cooldowns(start)).toEqual([{ deploymentId: "d", until: latest, reason: "timeout" }]);
      expect(await state.cooldowns(latest + 1)).toEqual([]);
    });

    it.each([Number.NaN, -5, Number.NEGATIVE_INFINITY])("ignores a cooldown until %d", async (until) => {
      const inForce = { deploymentId: "d", until: start + 5_000, reason: "timeout" };
      await state.startCooldown(inForce, start);
      expect(await state.startCooldown({ ...inForce, until }, start)).toBe(inForce.until);
      await state.startCooldown({ deploymentId: "other", until, reason: "timeout" }, start);
      expect(await state.cooldowns(start)).toEqual([inForce]);
    });

    it("notifies listeners of cooldowns until they unsubscribe", async () => {
      const reported: DeploymentCooldown[] = [];
      const first = new Promise<void>((resolve) => {
        const end = state.onCooldown((cooldown) => {
          reported.push(cooldown);
          end();
          resolve();
        });
      });
      // Subscribing may take a moment, so cooldowns are set until one is reported.
      let until = start + 1_000;
      const again = setInterval(() => {
        until += 1_000;
        void state.startCooldown({ deploymentId: "d", until, reason: "timeout" }, start);
      }, 20);
      await first;
      clearInterval(again);
      // A later cooldown, which another listener receives.
      const later = new Promise<void>((resolve) => {
        state.onCooldown((cooldown) => {
          if (cooldown.reason === "later") resolve();
        });
      });
      await state.startCooldown({ deploymentId: "d", until: until + 60_000, reason: "later" }, start);
      await later;
      expect(reported).toHaveLength(1);
      expect(reported[0]).toMatchObject({ deploymentId: "d", reason: "timeout" });
    });

    it("remembers what calls leave for later ones, if it has a memory", async () => {
      const { memory } = state;
      if (memory === undefined) return;
      await memory.set("conversation:1", "value", 60_000);
      expect(await memory.get("conversation:1")).toBe("value");
      expect(await memory.get("conversation:2")).toBeUndefined();
      await memory.delete("conversation:1");
      expect(await memory.get("conversation:1")).toBeUndefined();
    });

    it("has a name, is available, and accepts listeners for its availability", () => {
      expect(state.name).toMatch(/\S/u);
      expect(state.available).toBe(true);
      const end = state.onAvailability(() => undefined);
      expect(end).toBeTypeOf("function");
      end();
    });
  });
}
