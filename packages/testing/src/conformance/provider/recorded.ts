import { describe, expect, it } from "vitest";
import { recordedFailures } from "../../upstream/recorded-failures.js";
import { ProviderKit } from "./kit.js";
import type { DialectSetup } from "./setup.js";

/** Whether a provider knows vendors' failures for what they are: their kind, their reason, and when to come again. */
export function describeRecordedFailures(name: string, setup: DialectSetup): void {
  describe(`${name} knows recorded failures`, () => {
    const kit = new ProviderKit(setup);
    kit.install();

    it.each(recordedFailures.filter(({ dialect }) => dialect === setup.dialect))(
      "$name ($status)",
      async ({ status, body, headers, kind, says, param, waitMs }) => {
        kit.upstream.script({}, { status, body, headers });
        const error = await kit.error();
        expect({ kind: error.kind, param: error.param, waitMs: error.retryAfterMs }).toEqual({ kind, param, waitMs });
        // Nothing before the reason and nothing after it: clients match how it begins. Without one, whose failure it is.
        const whose: unknown = expect.stringContaining(kit.provider.name);
        expect(error.message).toEqual(says ?? whose);
        expect(kit.upstream.calls).toHaveLength(1);
      },
    );
  });
}
