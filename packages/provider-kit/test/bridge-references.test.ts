// Tests that callers of Responses can refer to the answers that another API gave them, instead of sending them again.
import type { JsonObject } from "@modelyard/core";
import { replies } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { assembled, BridgeHarness, type BridgeOptions } from "./support/bridge-harness.js";

const bridge = new BridgeHarness().install();
const vendors = ["chat", "messages"] as const;
const hi = { role: "user", content: "hi" };
const question = { role: "user", content: "And tomorrow?" };

type Item = JsonObject & { readonly id: string };
type Vendor = (typeof vendors)[number];

/** Asks what is to be stored, as SDKs do unless they are told otherwise. */
async function ask(to: Vendor, request: JsonObject, { stream = false, ...more }: BridgeOptions = {}) {
  const asked = { ...more, request: { store: undefined, ...request } };
  const answer = stream
    ? assembled("responses", await bridge.parts("responses", to, asked))
    : await bridge.answer("responses", to, asked);
  return answer as { readonly id: string; readonly output: readonly Item[] };
}

function reference({ id }: Item): JsonObject {
  return { type: "item_reference", id };
}

/** What the vendor was sent in the last call. */
function sent(): string {
  return JSON.stringify(bridge.upstream.calls.at(-1)?.body);
}

describe.each(vendors)("references to an answer that a vendor of %s gave", (to) => {
  it.each([{ stream: false }, { stream: true }])("to its items are replaced by the items: %o", async (options) => {
    bridge.upstream.script(
      {},
      replies("Let me look.", { toolCalls: [{ id: "call_1", name: "weather", arguments: '{"city":"Oslo"}' }] }),
    );
    const { output } = await ask(to, {}, options);
    const made = output.find(({ type }) => type === "function_call") as Item;
    const result = { type: "function_call_output", call_id: made["call_id"], output: "7 °C" };
    await ask(to, { input: [hi, ...output.map(reference), result] }, options);
    const byReference = sent();
    await ask(to, { input: [hi, ...output, result] }, options);
    expect(byReference).toBe(sent());
    expect(byReference).toContain("Oslo");
  });

  it("may omit their type", async () => {
    bridge.upstream.script({}, replies("Rain."));
    const { output } = await ask(to, {});
    await ask(to, { input: [hi, { id: output[0]?.id }, question] });
    expect(sent()).toContain("Rain.");
  });

  it("as a whole stand for the conversation before it, over several answers", async () => {
    bridge.upstream.script({}, replies("Rain."));
    const first = await ask(to, { input: "Weather?", instructions: "Be brief." });
    const second = await ask(to, { input: [question], previous_response_id: first.id }, { stream: true });
    const expected = [{ role: "user", content: "Weather?" }, ...first.output, question, ...second.output];
    await ask(to, { input: "Thanks.", previous_response_id: second.id });
    const byReference = sent();
    await ask(to, { input: [...expected, { role: "user", content: "Thanks." }] });
    expect(byReference).toBe(sent());
    expect(byReference).not.toContain("Be brief.");
  });

  it.each([
    ["of another caller", {}, { call: { caller: "alice" } }, { call: { caller: "bob" } }],
    ["an hour after their last use", {}, {}, { call: { now: () => 1_000_000 + 60 * 60 * 1000 } }],
    ["that must not be stored", { store: false }, {}, {}],
  ])("%s are refused with the way to avoid them", async (_, request, first, second) => {
    bridge.upstream.script({}, replies("Rain."));
    const { id, output } = await ask(to, request, first);
    await expect(ask(to, { input: [hi, reference(output[0] as Item), question] }, second)).rejects.toMatchObject({
      kind: "unsupported_params",
      param: "input[1]",
      message: expect.stringContaining('Send the whole input, with "store": false.') as string,
    });
    await expect(ask(to, { input: "hi", previous_response_id: id }, second)).rejects.toMatchObject({
      kind: "unsupported_params",
      param: "previous_response_id",
      message: expect.stringContaining("Send the whole conversation instead.") as string,
    });
  });

  it("are refused if the input before them was too long to be remembered", async () => {
    bridge.upstream.script({}, replies("Rain."));
    const { id, output } = await ask(to, { input: "x".repeat(256 * 1024) });
    await expect(ask(to, { input: "hi", previous_response_id: id })).rejects.toMatchObject({
      param: "previous_response_id",
    });
    await ask(to, { input: [hi, reference(output[0] as Item), question] });
    expect(sent()).toContain("Rain.");
  });
});
