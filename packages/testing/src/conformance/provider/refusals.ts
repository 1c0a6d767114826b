import type { ProviderCall } from "@modelyard/core";
import { describe, expect, it } from "vitest";
import { failure } from "../../helpers/index.js";
import { type PreparedCall, type ProviderKit } from "./kit.js";

/** Fields that the provider does not support: they are rejected, dropped and reported, or sent if they are allowed. */
export function describeRefusals(kit: ProviderKit): void {
  describe("fields", () => {
    it("that the operator drops are not added by the provider either", async () => {
      const { operation, call } = kit.make({ stream: true });
      await kit.follow({ operation, call: { ...call, omittedFields: ["stream_options"] } });
      expect(kit.upstream.calls[0]?.body).not.toHaveProperty("stream_options");
    });

    const { refused } = kit.setup;
    if (refused === undefined) return;

    const made = (changed: Partial<ProviderCall> = {}): PreparedCall => {
      const { operation, call } = kit.make({
        fields: refused.fields ?? {},
        ...(refused.model === undefined ? {} : { model: refused.model }),
      });
      return { operation, call: { ...call, ...changed } };
    };

    it("that are not supported are named in the error, and nothing is sent", async () => {
      const { operation, call } = made();
      expect(kit.provider.unsupportedFields?.(operation, call).toSorted()).toEqual(refused.refused.toSorted());
      const thrown = await failure(kit.provider.call(operation, call));
      expect(thrown).toMatchObject({ kind: "unsupported_params", source: "provider" });
      for (const field of refused.refused) expect((thrown as Error).message).toContain(field);
      expect(kit.upstream.calls).toEqual([]);
    });

    it.each([true, refused.refused])("that may be dropped are dropped and reported: %j", async (dropParams) => {
      const { operation, call } = made({ dropParams });
      const result = await kit.provider.call(operation, call);
      expect(result.droppedParams?.toSorted()).toEqual(refused.refused.toSorted());
      for (const field of refused.refused) expect(kit.upstream.calls[0]?.body).not.toHaveProperty(field);
    });

    it("that may not be dropped are rejected", async () => {
      const { operation, call } = made({ dropParams: ["another"] });
      expect(await failure(kit.provider.call(operation, call))).toMatchObject({ kind: "unsupported_params" });
    });

    it("that are allowed are sent unchanged", async () => {
      const { operation, call } = made({ allowedParams: refused.refused });
      expect(kit.provider.unsupportedFields?.(operation, call)).toEqual([]);
      await kit.provider.call(operation, call);
      const request = call.request as unknown as Record<string, unknown>;
      for (const field of refused.refused) expect(kit.upstream.calls[0]?.body[field]).toEqual(request[field]);
    });
  });
}
