import { describe } from "vitest";
import { describeAnswers } from "./provider/answers.js";
import { describeCancellation } from "./provider/cancellation.js";
import { describeContinuation } from "./provider/continuation.js";
import { describeEachOperation } from "./provider/each-operation.js";
import { describeEndings } from "./provider/endings.js";
import { describeErrors } from "./provider/errors.js";
import { describeHostileVendors } from "./provider/hostile.js";
import { describeIdentity } from "./provider/identity.js";
import { ProviderKit } from "./provider/kit.js";
import { describeRefusals } from "./provider/refusals.js";
import { describeResources } from "./provider/resources.js";
import type { ProviderSetup } from "./provider/setup.js";
import { describeStreams } from "./provider/streams.js";
import { describeWaits } from "./provider/waits.js";

export type { ContinuedAnswers, DialectSetup, ProviderSetup, RefusedRequest, WireSetup } from "./provider/setup.js";
export { describeRecordedFailures } from "./provider/recorded.js";
export { describeSecrecy } from "./provider/secrecy.js";

/**
 * Tests every promise of the `Provider` contract against the scripted upstream, in the dialect of OpenAI, Azure or
 * Anthropic, or in a wire format that the setup describes.
 */
export function describeProvider(name: string, setup: ProviderSetup): void {
  // Vitest's default of five seconds is too short for a busy machine: some tests send tens of megabytes.
  describe(`${name} as a Provider`, { timeout: 30_000 }, () => {
    const kit = new ProviderKit(setup);
    kit.install();
    describeIdentity(kit);
    describeAnswers(kit);
    describeEachOperation(kit);
    describeRefusals(kit);
    describeErrors(kit);
    describeWaits(kit);
    describeStreams(kit);
    describeEndings(kit);
    describeContinuation(kit);
    describeCancellation(kit);
    describeHostileVendors(kit);
    describeResources(kit);
  });
}
