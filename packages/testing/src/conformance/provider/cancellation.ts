import { Cancellation } from "@modelyard/core/kit";
import { describe, expect, it } from "vitest";
import { breaks, refuses, replies } from "../../upstream/behavior.js";
import { startSilent } from "../../upstream/broken-hosts.js";
import { failure, turnsUntil } from "../../helpers/index.js";
import { type PreparedCall, type ProviderKit } from "./kit.js";

/** Calls that are aborted in every phase, and what calls leave behind. */
export function describeCancellation(kit: ProviderKit): void {
  const run = ({ operation, call }: PreparedCall): Promise<unknown> =>
    call.stream ? kit.follow({ operation, call }) : kit.provider.call(operation, call);

  describe("an aborted call", () => {
    it("is not made if it is aborted before it begins", async () => {
      const made = kit.make();
      made.call.cancellation.cancel("too late");
      expect(await failure(run(made))).toBe("too late");
      expect(kit.upstream.calls).toHaveLength(0);
    });

    it("rejects with the reason while it connects", async () => {
      const host = await startSilent();
      const made = kit.make({ origin: host.secureUrl });
      const reason = new Error("aborted");
      const running = failure(run(made));
      await turnsUntil(() => host.connections > 0);
      made.call.cancellation.cancel(reason);
      expect(await kit.promptness.prompt(running)).toBe(reason);
      expect(made.call.cancellation.listenerCount).toBe(0);
      await host.close();
    });

    it.each([
      ["plain, before the headers", false, "hang_before_headers"],
      ["plain, before the body", false, "hang_before_first_token"],
      ["plain, amid the body", false, "hang_mid_stream"],
      ["plain, while only white space arrives", false, "comments_only"],
      ["streamed, before the headers", true, "hang_before_headers"],
      ["streamed, before the first token", true, "hang_before_first_token"],
      ["streamed, amid the answer", true, "hang_mid_stream"],
      ...kit.needs("keepAlive").map(() => ["streamed, while only comments arrive", true, "comments_only"] as const),
      ["streamed, while it trickles", true, "trickle"],
    ] as const)("rejects with the reason and closes the vendor's connection: %s", async (_, stream, fault) => {
      kit.upstream.script({}, breaks(fault));
      const made = kit.make({ stream });
      const reason = new Error("aborted");
      const running = failure(run(made));
      const [call] = await kit.upstream.waitForCalls(1);
      await turnsUntil(() => fault === "hang_before_headers" || call!.status !== undefined);
      made.call.cancellation.cancel(reason);
      expect(await kit.promptness.prompt(running)).toBe(reason);
      expect(await kit.closedAtOnce()).toBe(true);
      expect(made.call.cancellation.listenerCount).toBe(0);
    });

    it("closes the vendor's connection even if its stream is not read, and rejects later reads", async () => {
      kit.upstream.script({}, breaks("hang_mid_stream"));
      const made = kit.make({ stream: true });
      const { parts } = await kit.begin(made);
      made.call.cancellation.cancel("not read");
      const [call] = kit.upstream.calls;
      expect((await kit.upstream.waitForClose(call!)).closedByClientAt).toBeDefined();
      const reading = (async () => {
        for await (const part of parts) expect(part.done).toBe(false);
      })();
      expect(await failure(reading)).toBe("not read");
    });
  });

  describe("a call that has ended", () => {
    it.each([
      ["well", {}],
      ["with a refusal", refuses(429)],
      ["with a reset", breaks("reset_before_headers")],
      ["with half an answer", breaks("truncated_json")],
      ["with an error inside", breaks("error_in_200")],
      ["with a page", breaks("wrong_content_type")],
      ["within its body", breaks("reset_mid_stream")],
    ])("leaves no listener and no open exchange, %s", async (_, behavior) => {
      kit.upstream.script({}, behavior);
      const cancellation = new Cancellation();
      for (const stream of [false, true]) {
        await Promise.allSettled([run(kit.make({ stream, cancellation }))]);
        expect(cancellation.listenerCount).toBe(0);
      }
      await kit.upstream.idle();
      expect(kit.upstream.open).toBe(0);
    });

    it("leaves no timer behind", async () => {
      const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
      await kit.answer();
      const before = timers();
      for (let count = 0; count < 15; count += 1) {
        await kit.answer({ connectMs: 600_000, headersMs: 600_000 });
        await kit.read({ connectMs: 600_000, headersMs: 600_000 });
      }
      // The test runner and idle connections have timers too, but their number does not grow with the calls.
      expect(timers() - before).toBeLessThan(10);
    });

    it("leaves its connection to the next call", async () => {
      await kit.answer();
      const before = kit.upstream.sockets;
      for (let count = 0; count < 10; count += 1) {
        kit.upstream.once({}, count % 2 === 0 ? replies("x") : refuses(503));
        await Promise.allSettled([kit.answer()]);
        await kit.read();
      }
      expect(kit.upstream.sockets).toBeLessThanOrEqual(Math.max(2, before));
    });
  });
}
