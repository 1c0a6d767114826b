import { describe, expect, it } from "vitest";
import { recordedFailures } from "../../upstream/recorded-failures.js";
import { ProviderKit } from "./kit.js";
import type { DialectSetup } from "./setup.js";

/** Tests whether a provider classifies recorded failures of vendors: by kind, reason and wait. */
export function describeRecordedFailures(name: string, setup: DialectSetup): void {
  describe(`${name} knows recorded failures`, () => {
    const kit = new ProviderKit(setup);
    kit.install();

    it.each(recordedFailures.filter(({ dialect }) => dialect === setup.dialect))(
      "$name ($status)",
      async ({ status, body, headers, kind, message, param, waitMs }) => {
        kit.upstream.script({}, { status, body, headers });
        const error = await kit.error();
        expect({ kind: error.kind, param: error.param, waitMs: error.retryAfterMs }).toEqual({ kind, param, waitMs });
        // The message is exactly the reason, since clients match its beginning. Without a reason it names the vendor.
        const whose: unknown = expect.stringContaining(kit.provider.name);
        expect(error.message).toEqual(message ?? whose);
        expect(kit.upstream.calls).toHaveLength(1);
      },
    );
  });
}
