import { type Block, chat, type HubRequest } from "@modelyard/wires";
import { describe, expect, it } from "vitest";
import { RememberedReasoning } from "./remembered-reasoning.js";

const hour = 60 * 60 * 1000;
const id = (number: number): string => `call_${String(number).padStart(20, "0")}`;

function answer(calls: readonly string[], data = "sealed"): readonly Block[] {
  const thought = { type: "reasoning", opaque: { data, madeBy: { wire: "responses" } } } as const;
  const made = calls.map(
    (call) => ({ type: "tool_call", id: call, name: "f", input: { kind: "json", text: "{}" } }) as const,
  );
  return [thought, ...made];
}

/** A request whose assistant made some calls, which were answered. */
function turnWith(calls: readonly string[]): HubRequest {
  const made = calls.map((call) => ({ id: call, type: "function", function: { name: "f", arguments: "{}" } }));
  const results = calls.map((call) => ({ role: "tool", tool_call_id: call, content: "ok" }));
  const assistant = { role: "assistant", content: "Wait.", reasoning_content: "shown", tool_calls: made };
  return chat.readRequest({ model: "m", messages: [{ role: "user", content: "hi" }, assistant, ...results] });
}

/** The encrypted reasoning that a request has after it was restored. */
function restored(memory: RememberedReasoning, calls: readonly string[], { account = "a", now = 0 } = {}) {
  const { turns } = memory.restore(account, turnWith(calls), now);
  return turns.flatMap(({ blocks }) =>
    blocks.flatMap((block) => (block.type === "reasoning" ? [block.opaque?.data] : [])),
  );
}

describe("remembered reasoning", () => {
  it("is put back before the text and the calls that it led to, in place of what the caller was shown", () => {
    const memory = new RememberedReasoning();
    memory.remember("a", answer([id(1), id(2)]), 0);
    const { turns } = memory.restore("a", turnWith([id(1), id(2)]), 0);
    expect(turns[1]?.blocks.map(({ type }) => type)).toEqual(["reasoning", "text", "tool_call", "tool_call"]);
    expect(restored(memory, [id(1), id(2)])).toEqual(["sealed"]);
  });

  it.each([
    ["of another account", { account: "b" }, [id(1)]],
    ["after an hour without use", { now: hour }, [id(1)]],
    ["if one of the calls is unknown", {}, [id(1), id(3)]],
    ["if the calls come from several answers", {}, [id(1), id(2)]],
  ])("is not put back %s", (_, options, calls) => {
    const memory = new RememberedReasoning();
    memory.remember("a", answer([id(1)]), 0);
    memory.remember("a", answer([id(2)]), 0);
    expect(restored(memory, calls, options)).toEqual([undefined]);
  });

  it("is remembered for another hour each time it is used", () => {
    const memory = new RememberedReasoning();
    memory.remember("a", answer([id(1)]), 0);
    memory.remember("a", answer([id(2)]), 0);
    expect(restored(memory, [id(1)], { now: hour - 1 })).toEqual(["sealed"]);
    expect(restored(memory, [id(1)], { now: hour + 1 })).toEqual(["sealed"]);
    expect(restored(memory, [id(2)], { now: hour + 1 })).toEqual([undefined]);
  });

  it("is not kept for ids that other conversations may have, too", () => {
    const memory = new RememberedReasoning();
    memory.remember("a", answer(["call_1"]), 0);
    expect(restored(memory, ["call_1"])).toEqual([undefined]);
  });

  it("is not kept if its place among the blocks would be lost", () => {
    const memory = new RememberedReasoning();
    memory.remember("a", [...answer([id(1)]), ...answer([id(2)])], 0);
    expect(restored(memory, [id(1), id(2)])).toEqual([undefined]);
  });

  it("is bounded: the reasoning that was needed longest ago is forgotten first", () => {
    const memory = new RememberedReasoning();
    const long = "x".repeat(1024 * 1024);
    for (let count = 0; count < 40; count += 1) {
      memory.remember("a", answer([id(count)], long), 0);
      restored(memory, [id(0)]);
    }
    const known = Array.from({ length: 40 }, (_, count) => count).filter(
      (count) => restored(memory, [id(count)])[0] === long,
    );
    expect([known[0], known[1], known.length]).toEqual([0, 9, 32]);
    memory.remember("a", answer([id(50)], `${long}x`), 0);
    expect(restored(memory, [id(50)])).toEqual([undefined]);
  });
});
