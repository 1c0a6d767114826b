// The tests of llm-comply (PyPI) for each wire, through the proxy.
import { afterAll, describe, expect, it } from "vitest";
import { cellTitle, type WireName, wireNames } from "./support/cells.js";
import { findLlmComply, runLlmComply } from "./support/llm-comply.js";
import { type Family, modelName, startProxy } from "./support/proxy.js";

const suite = "llm-comply";
const families: Readonly<Record<WireName, Family>> = {
  chat: "gpt-5.4",
  responses: "gpt-5.4",
  messages: "claude-sonnet-4-5",
};
const cells = wireNames.flatMap((caller) => wireNames.map((vendor) => ({ suite, caller, vendor })));

const command = findLlmComply();
if (command === undefined)
  process.stderr.write("Skipped llm-comply: install it with pip, or set MODELYARD_LLM_COMPLY to its path.\n");

// It sends `reasoning` with chats, which is not a field of chats.
const proxy = await startProxy({ dropParams: true });
afterAll(() => proxy.close());

// All at once, since each of them mostly waits.
const runs = await Promise.all(
  cells.map(async (cell) => {
    const model = modelName(families[cell.caller], cell.vendor);
    const results = command === undefined ? [] : await runLlmComply(command, cell.caller, { ...proxy, model });
    return [cellTitle(cell), results] as const;
  }),
);

describe.skipIf(command === undefined)("llm-comply through the proxy", () => {
  it("asks every vendor on its own wire", () => {
    expect(proxy.upstream.calls.length).toBeGreaterThan(50);
    expect(() => {
      proxy.reset();
    }).not.toThrow();
  });

  describe.each(runs)("%s", (_, results) => {
    it.for(results)("$name", ({ status, errors = [] }, { skip }) => {
      skip(status === "skipped", errors[0]);
      expect(errors).toEqual([]);
    });
  });
});
