import { operations } from "@modelyard/core/kit";
import { describe, expect, it } from "vitest";
import type { ProviderKit } from "./kit.js";

/** A provider's identity: the models that it claims, and what it reports about its fields and settings. */
export function describeIdentity(kit: ProviderKit): void {
  describe("identity", () => {
    it("claims models by a pattern that answers the same each time it is asked", () => {
      const { claims } = kit.provider;
      expect([claims?.global ?? false, claims?.sticky ?? false]).toEqual([false, false]);
    });

    it("does not claim models of other providers, which are written with a prefix", () => {
      expect(kit.provider.claims?.test("another-provider/some-model") ?? false).toBe(false);
    });

    it("names the models of its cache prices by a pattern that answers the same each time it is asked", () => {
      const { models } = kit.provider.cachePricing ?? {};
      const wrong = [models?.global, models?.sticky, models?.test("")];
      expect(wrong.filter((each) => each === true)).toEqual([]);
    });

    it("charges no less for writing to the cache than for reading from it", () => {
      const { read = 0, write = 0, writeHour = write } = kit.provider.cachePricing ?? {};
      expect([read >= 0, write >= read, writeHour >= write]).toEqual([true, true, true]);
    });

    it("says for every request how long its prompt stays in the vendor's cache", () => {
      const { leastTokens = 0, lifetimeMs = () => 0 } = kit.provider.promptCache ?? {};
      const requests = [{}, { messages: null, tools: 7 }, { messages: [null, { content: [null] }], system: [[]] }];
      const times = requests.map((request) => lifetimeMs(request));
      expect([leastTokens, ...times].filter((value) => !(value >= 0 && value < Number.POSITIVE_INFINITY))).toEqual([]);
    });

    it("serves a plain deployment with a key", () => {
      const plain = { model: "vendor-model", hasKey: true, settings: [] };
      expect(kit.provider.unserved?.(plain)).toBeUndefined();
    });

    it("says in a sentence why a deployment cannot be called, whatever its file says", () => {
      const written = { model: "", apiBase: "no address", hasKey: false, settings: ["tenant_id", ""] };
      for (const operation of [undefined, ...kit.provider.operations])
        expect(kit.provider.unserved?.({ ...written, operation }) ?? "It can be called.").toMatch(/^\S.*\.$/u);
    });

    it("says in a sentence why a field is not sent, and names each such field once", () => {
      const { names = [], reason } = kit.provider.ignoredFields ?? {};
      expect(new Set(names).size).toBe(names.length);
      for (const fields of [...names.map((name) => [name]), names].filter((each) => each.length > 0))
        expect(reason?.(fields)).toMatch(/^\S.*\.$/u);
    });

    it("ignores no field that the caller must set", () => {
      const needed = kit.provider.operations.map((operation) => operations[operation].required);
      expect(kit.provider.ignoredFields?.names ?? []).not.toEqual(expect.arrayContaining([expect.toBeOneOf(needed)]));
    });

    it("names environment variables as systems spell them", () => {
      const { apiKey = [], apiBase = [], apiVersion = [], organization = [] } = kit.provider.environment ?? {};
      for (const variable of [...apiKey, ...apiBase, ...apiVersion, ...organization])
        expect(variable).toMatch(/^[A-Z][\dA-Z_-]*$/u);
    });
  });
}
