import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { ProviderKit } from "./kit.js";
import type { ProviderSetup } from "./setup.js";
import { forms, quoting, quotingUnreadably } from "./quoting.js";

/**
 * Tests that an error, with all its causes and hidden fields, contains neither the key nor the vendor's unreadable body,
 * which may quote the key and the prompt.
 */
export function describeSecrecy(name: string, setup: ProviderSetup): void {
  describe(`${name} keeps secrets`, () => {
    const kit = new ProviderKit(setup);
    kit.install();

    it.each([...quoting(kit), ...quotingUnreadably])(
      "does not show a key that the vendor quotes: %s",
      async (_, behavior) => {
        for (const stream of [false, true]) {
          kit.upstream.script({}, behavior);
          const error = await kit.error({ stream });
          const shown = inspect(error, { depth: 9, showHidden: true });
          for (const form of forms) expect(shown).not.toContain(form.slice(0, 8));
        }
      },
    );

    it("does not show a prompt that the vendor sends back in an unreadable body", async () => {
      kit.upstream.script({}, { body: "My diary says: never tell" });
      for (const stream of [false, true])
        expect(inspect(await kit.error({ stream }), { depth: 9 })).not.toContain("diary");
    });
  });
}
