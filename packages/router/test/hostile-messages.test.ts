// Whatever messages arrive on the channels of shared state, the router still serves and can report its state.
import { answers, deploymentOptions, VirtualClock } from "@modelyard/testing";
import fc from "fast-check";
import { expect, it } from "vitest";
import { leastBusy, latencyBased } from "@modelyard/strategies";
import { setup } from "./support/harness.js";
import { store } from "./support/store.js";

const number = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.constantFrom<unknown>(0, -1, 1e21, 1e23, 1e300, 9e15, Number.NaN, Number.POSITIVE_INFINITY, "1e300", null, {}, []),
);
const minute = Math.floor(new VirtualClock().now() / 60_000);
const count = fc.oneof(number, fc.tuple(number, number), fc.array(number, { maxLength: 3 }));
const message = fc.oneof(
  fc.anything({ maxDepth: 3 }),
  fc.record({
    from: fc.oneof(fc.string(), number),
    minute: fc.oneof(fc.constant(minute), number),
    usage: fc.oneof(fc.dictionary(fc.constantFrom("a", "b", "__proto__", "x"), count), number),
    learned: fc.oneof(
      fc.array(fc.tuple(fc.constantFrom("latency-based-routing", "least-busy", "x"), fc.anything({ maxDepth: 4 })), {
        maxLength: 3,
      }),
      number,
    ),
  }),
);

it.each([
  ["latency-based-routing", latencyBased()],
  ["least-busy", leastBusy()],
])("a group keeps serving under %s, whatever messages and cooldowns other processes send", async (_, strategy) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(message, { maxLength: 4 }),
      fc.array(number, { maxLength: 3 }),
      async (messages, untils) => {
        const shared = store();
        const harness = setup({
          modelList: [deploymentOptions("a", { rpm: 1_000 }), deploymentOptions("b", { rpm: 1_000 })],
          sharedState: shared,
          strategy,
        });
        harness.provider.script("*", answers("hi"));
        for (const sent of messages) shared.deliver(sent);
        for (const until of untils) shared.reportCooldown("a", until as number, "timeout");
        expect(await harness.ask()).toMatchObject({ choices: [{ message: { content: "hi" } }] });
        const deployments = harness.router.state().groups[0]?.deployments ?? [];
        for (const { used, until } of deployments) {
          expect(Number.isFinite(used.requests) && Number.isFinite(used.tokens)).toBe(true);
          expect(until === undefined || Math.abs(until) <= 8.64e15).toBe(true);
        }
        await harness.router.close();
      },
    ),
    { numRuns: 150 },
  );
});
