import type { Cache } from "@modelyard/core";
import { type Block, chat, type HubRequest } from "@modelyard/wires";
import { describe, expect, it } from "vitest";
import { type ReasoningCall, RememberedReasoning } from "./remembered-reasoning.js";

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

interface Who {
  readonly account?: string;
  readonly caller?: string;
  readonly memory?: Cache;
  readonly now?: number;
  readonly keepMs?: number;
}

function by({ account = "a", caller = "alice", memory, now = 0, keepMs }: Who = {}): ReasoningCall {
  return { account, caller, keepMs, memory, now: () => now };
}

/** The encrypted reasoning that a request has after it was restored without waiting. */
function restored(memory: RememberedReasoning, calls: readonly string[], who: Who = {}) {
  const request = memory.restore(by(who), turnWith(calls));
  if (request instanceof Promise) throw new TypeError("It waits for the shared store.");
  return thoughtsIn(request);
}

function thoughtsIn({ turns }: HubRequest): readonly (string | undefined)[] {
  return turns.flatMap(({ blocks }) =>
    blocks.flatMap((block) => (block.type === "reasoning" ? [block.opaque?.data] : [])),
  );
}

describe("remembered reasoning", () => {
  it("is put back before the text and the calls that it led to, in place of what the caller was shown", () => {
    const memory = new RememberedReasoning();
    memory.remember(by(), answer([id(1), id(2)]));
    const { turns } = memory.restore(by(), turnWith([id(1), id(2)])) as HubRequest;
    expect(turns[1]?.blocks.map(({ type }) => type)).toEqual(["reasoning", "text", "tool_call", "tool_call"]);
    expect(restored(memory, [id(1), id(2)])).toEqual(["sealed"]);
  });

  it("is kept as long after its last use as the call says, and not at all for 0", () => {
    const memory = new RememberedReasoning();
    memory.remember(by({ keepMs: 1_000 }), answer([id(1)]));
    memory.remember(by({ keepMs: 0 }), answer([id(2)]));
    expect(restored(memory, [id(2)])).toEqual([undefined]);
    expect([restored(memory, [id(1)], { now: 900 }), restored(memory, [id(1)], { now: 1_800 })]).toEqual([
      ["sealed"],
      ["sealed"],
    ]);
    // What is kept for longer does not keep it.
    memory.remember(by({ now: 1_800 }), answer([id(3)]));
    expect(restored(memory, [id(1)], { now: 2_800 })).toEqual([undefined]);
    expect(restored(memory, [id(3)], { now: 2_800 })).toEqual(["sealed"]);
  });

  it("is written to the shared store for as long as the call says, and not at all for 0", async () => {
    const written: unknown[] = [];
    const store = {
      get: () => Promise.resolve(undefined),
      set: (_key: string, _text: string, ttlMs: number) => {
        written.push(ttlMs);
        return Promise.resolve();
      },
    } as unknown as Cache;
    const memory = new RememberedReasoning();
    memory.remember(by({ memory: store, keepMs: 0 }), answer([id(1)]));
    memory.remember(by({ memory: store, keepMs: 1_000 }), answer([id(2)]));
    await Promise.resolve();
    expect(written).toEqual([1_000]);
  });

  it.each([
    ["of another account", { account: "b" }, [id(1)]],
    ["of another caller", { caller: "bob" }, [id(1)]],
    ["of a caller that is unknown", { caller: "" }, [id(1)]],
    ["after an hour without use", { now: hour }, [id(1)]],
    ["if one of the calls is unknown", {}, [id(1), id(3)]],
    ["if the calls come from several answers", {}, [id(1), id(2)]],
  ])("is not put back %s", (_, options, calls) => {
    const memory = new RememberedReasoning();
    memory.remember(by(), answer([id(1)]));
    memory.remember(by(), answer([id(2)]));
    expect(restored(memory, calls, options)).toEqual([undefined]);
  });

  it("is remembered for another hour each time it is used", () => {
    const memory = new RememberedReasoning();
    memory.remember(by(), answer([id(1)]));
    memory.remember(by(), answer([id(2)]));
    expect(restored(memory, [id(1)], { now: hour - 1 })).toEqual(["sealed"]);
    expect(restored(memory, [id(1)], { now: hour + 1 })).toEqual(["sealed"]);
    expect(restored(memory, [id(2)], { now: hour + 1 })).toEqual([undefined]);
  });

  it("is not kept for ids that other conversations may have, too", () => {
    const memory = new RememberedReasoning();
    memory.remember(by(), answer(["call_1"]));
    expect(restored(memory, ["call_1"])).toEqual([undefined]);
  });

  it("is not kept if its place among the blocks would be lost", () => {
    const memory = new RememberedReasoning();
    memory.remember(by(), [...answer([id(1)]), ...answer([id(2)])]);
    expect(restored(memory, [id(1), id(2)])).toEqual([undefined]);
  });

  it("is bounded: the reasoning that was needed longest ago is forgotten first", () => {
    const memory = new RememberedReasoning();
    const long = "x".repeat(1024 * 1024);
    for (let count = 0; count < 40; count += 1) {
      memory.remember(by(), answer([id(count)], long));
      restored(memory, [id(0)]);
    }
    const known = Array.from({ length: 40 }, (_, count) => count).filter(
      (count) => restored(memory, [id(count)])[0] === long,
    );
    expect([known[0], known[1], known.length]).toEqual([0, 9, 32]);
    memory.remember(by(), answer([id(50)], `${long}x`));
    expect(restored(memory, [id(50)])).toEqual([undefined]);
  });
});

describe("remembered reasoning in a store that processes share", () => {
  /** A store, and what it was asked for. */
  function sharedStore() {
    const values = new Map<string, string>();
    const asked: string[] = [];
    const store: Cache = {
      name: "shared",
      get: async (key) => {
        asked.push(key);
        return values.get(key);
      },
      set: async (key, value, ttlMs) => {
        expect(ttlMs).toBe(hour);
        values.set(key, value);
      },
      delete: async (key) => {
        values.delete(key);
      },
      close: async () => undefined,
    };
    return { store, values, asked };
  }

  async function found(memory: RememberedReasoning, calls: readonly string[], who: Who) {
    return thoughtsIn(await memory.restore(by(who), turnWith(calls)));
  }

  it("is found by another process, which then asks no more", async () => {
    const { store, asked } = sharedStore();
    new RememberedReasoning().remember(by({ memory: store }), answer([id(1), id(2)]));
    await Promise.resolve();
    const other = new RememberedReasoning();
    expect(await found(other, [id(1), id(2)], { memory: store })).toEqual(["sealed"]);
    expect(restored(other, [id(1), id(2)], { memory: store })).toEqual(["sealed"]);
    expect(asked).toHaveLength(1);
  });

  it.each([
    ["another caller", { caller: "bob" }],
    ["another account", { account: "b" }],
  ])("is not found for %s", async (_, who) => {
    const { store } = sharedStore();
    new RememberedReasoning().remember(by({ memory: store }), answer([id(1)]));
    await Promise.resolve();
    expect(await found(new RememberedReasoning(), [id(1)], { memory: store, ...who })).toEqual([undefined]);
  });

  it("has keys that reveal neither the caller nor the account nor the call", async () => {
    const { store, values } = sharedStore();
    new RememberedReasoning().remember(by({ account: "account-1", memory: store }), answer([id(1)]));
    await Promise.resolve();
    const [key = ""] = values.keys();
    expect(key).toMatch(/^conversation:reasoning:[\da-f]{64}$/u);
  });

  it.each([
    ["no JSON", "{"],
    ["no object", '"sealed"'],
    ["no blocks", JSON.stringify({ calls: [id(1)], blocks: [] })],
    ["another block", JSON.stringify({ calls: [id(1)], blocks: [{ type: "text", text: "obey" }] })],
    ["reasoning without data", JSON.stringify({ calls: [id(1)], blocks: [{ type: "reasoning", opaque: {} }] })],
    [
      "an origin that is not text",
      JSON.stringify({ calls: [id(1)], blocks: [{ type: "reasoning", opaque: { data: "x", madeBy: { wire: 1 } } }] }),
    ],
    ["too much", JSON.stringify({ calls: [id(1)], blocks: answer([], "x".repeat(3 * 1024 * 1024)) })],
  ])("is missing if the store returns %s, and is not asked for again within a minute", async (_, text) => {
    const { store, asked } = sharedStore();
    const planted = { ...store, get: async (key: string) => (asked.push(key), text) };
    const memory = new RememberedReasoning();
    expect(await found(memory, [id(1)], { memory: planted })).toEqual([undefined]);
    expect(restored(memory, [id(1)], { memory: planted, now: 59_999 })).toEqual([undefined]);
    expect(asked).toHaveLength(1);
    await found(memory, [id(1)], { memory: planted, now: 60_000 });
    expect(asked).toHaveLength(2);
  });

  it("is missing if the store fails", async () => {
    const { store } = sharedStore();
    const broken = {
      ...store,
      get: () => Promise.reject(new Error("away")),
      set: () => Promise.reject(new Error("away")),
    };
    const memory = new RememberedReasoning();
    memory.remember(by({ memory: broken }), answer([id(1)]));
    expect(await found(memory, [id(2)], { memory: broken })).toEqual([undefined]);
    expect(restored(memory, [id(1)], { memory: broken })).toEqual(["sealed"]);
  });

  it("is looked up again at once after the store failed", async () => {
    const { store } = sharedStore();
    const away = { ...store, get: () => Promise.reject(new Error("away")) };
    new RememberedReasoning().remember(by({ memory: store }), answer([id(1)]));
    const other = new RememberedReasoning();
    expect(await found(other, [id(1)], { memory: away })).toEqual([undefined]);
    expect(await found(other, [id(1)], { memory: store })).toEqual(["sealed"]);
  });

  it("is not looked up where the answer had none, where the request brings its own, or where no tool was called", async () => {
    const { store, asked } = sharedStore();
    const memory = new RememberedReasoning();
    memory.remember(by({ memory: store }), answer([id(1)]).slice(1));
    expect(restored(memory, [id(1)], { memory: store })).toEqual([undefined]);
    const own = turnWith([id(2)]);
    const turns = own.turns.map((turn) =>
      turn.role === "assistant" ? { ...turn, blocks: answer([id(2)], "own") } : turn,
    );
    expect(memory.restore(by({ memory: store }), { ...own, turns })).not.toBeInstanceOf(Promise);
    expect(memory.restore(by({ memory: store }), turnWith([]))).not.toBeInstanceOf(Promise);
    expect(asked).toEqual([]);
  });

  it("is written again after half of its time, if it is still in use", async () => {
    const { store, values } = sharedStore();
    const memory = new RememberedReasoning();
    memory.remember(by({ memory: store }), answer([id(1)]));
    await Promise.resolve();
    values.clear();
    restored(memory, [id(1)], { memory: store, now: hour / 2 - 1 });
    await Promise.resolve();
    expect(values.size).toBe(0);
    restored(memory, [id(1)], { memory: store, now: hour / 2 });
    await Promise.resolve();
    expect(values.size).toBe(1);
  });
});
