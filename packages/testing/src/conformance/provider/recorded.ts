import { describe, expect, it } from "vitest";
import { recordedFailures } from "../../upstream/recorded-failures.js";
import { ProviderKit, type ProviderSetup } from "./kit.js";

/** Whether a provider knows vendors' failures for what they are, from the words in which users have met them. */
export function describeRecordedFailures(name: string, setup: ProviderSetup): void {
  describe(`${name} knows recorded failures`, () => {
    const kit = new ProviderKit(setup);
    kit.install();

    it.each(recordedFailures.filter(({ dialect }) => dialect === setup.dialect))(
      "$name ($status)",
      async ({ status, body, kinds }) => {
        const headers = { "content-type": body.startsWith("<") ? "text/html" : "application/json" };
        kit.upstream.script({}, { status, body, headers });
        const error = await kit.error();
        expect(kinds, `${error.kind}: ${error.message}`).toContain(error.kind);
        expect(kit.upstream.calls).toHaveLength(1);
      },
    );
  });
}
