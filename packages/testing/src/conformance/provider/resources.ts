import { Cancellation, operations, type ResourceCall } from "@modelyard/core/kit";
import { expect, it } from "vitest";
import { failure } from "../../helpers/index.js";
import { canary, type ProviderKit } from "./kit.js";

/** What vendors store, for providers that can read it. The scripted upstream stores nothing. */
export function describeResources(kit: ProviderKit): void {
  const reads = kit.setup.create().resource !== undefined;
  const stored = kit.operations.filter((operation) => reads && operations[operation].stored?.stores({}) === true);

  it.each(stored)("reports what the vendor does not store as not_found: %s", async (operation) => {
    const { call } = kit.make({ operation });
    const asked: ResourceCall = { ...call, method: "GET", path: "/resp_unknown/input_items?limit=5" };
    const error = await failure(kit.provider.resource?.(operation, asked) ?? Promise.resolve());
    expect(error).toMatchObject({ kind: "not_found", source: "provider", provider: kit.provider.name });
    expect(JSON.stringify(error.toBody())).not.toContain(canary);
  });

  it.each(stored)("reads nothing that is stored once the call is cancelled: %s", async (operation) => {
    const cancellation = new Cancellation();
    const reason = new Error("cancelled");
    cancellation.cancel(reason);
    const asked: ResourceCall = { ...kit.make({ operation, cancellation }).call, method: "DELETE", path: "/resp_1" };
    expect(await failure<unknown>(kit.provider.resource?.(operation, asked) ?? Promise.resolve())).toBe(reason);
  });
}
