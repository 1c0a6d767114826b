import type { Cache, JsonObject } from "@modelyard/core";
import { describe, expect, it } from "vitest";
import type { RememberingCall } from "./conversation-memory.js";
import { RememberedItems } from "./remembered-items.js";

const output = [{ type: "message", id: "msg_1", role: "assistant", content: [] }];
const byItem: JsonObject = { input: [{ type: "item_reference", id: "msg_1" }] };
const byAnswer: JsonObject = { input: "more", previous_response_id: "resp_2" };

function store(values = new Map<string, string>()): Cache {
  return {
    name: "shared",
    get: async (key) => values.get(key),
    set: async (key, value) => {
      values.set(key, value);
    },
    delete: async (key) => {
      values.delete(key);
    },
    close: async () => undefined,
  };
}

function by(memory?: Cache, caller = "alice"): RememberingCall {
  return { caller, memory, now: () => 0 };
}

/** A process that gave two answers, the second of which follows the first. */
function answered(call: RememberingCall): RememberedItems {
  const items = new RememberedItems();
  items.remember(call, { id: "resp_1", output }, { input: '["first"]' });
  items.remember(call, { id: "resp_2", output: [] }, { input: '["second"]', previous: "resp_1" });
  return items;
}

describe("remembered items", () => {
  it("are found by another process", async () => {
    const memory = store();
    answered(by(memory));
    await Promise.resolve();
    const other = new RememberedItems();
    expect((await other.resolve(by(memory), byItem)).request).toEqual({ input: output });
    expect((await other.resolve(by(memory), byAnswer)).request).toEqual({
      input: ["first", ...output, "second", { type: "message", role: "user", content: "more" }],
    });
  });

  it("are not found for another caller", async () => {
    const memory = store();
    const items = answered(by(memory));
    await Promise.resolve();
    for (const request of [byItem, byAnswer]) {
      expect((await items.resolve(by(memory, "bob"), request)).request).toBe(request);
      expect((await new RememberedItems().resolve(by(memory, "bob"), request)).request).toBe(request);
    }
  });

  it.each(["{", "1", "{}", '{"id":"msg_1"}', '{"input":"1","output":[]}', '{"input":"[]","output":[1]}'])(
    "are missing if the store returns %s",
    async (text) => {
      const planted = { ...store(), get: async () => text };
      for (const request of [byItem, byAnswer])
        expect((await new RememberedItems().resolve(by(planted), request)).request).toBe(request);
    },
  );

  it("are missing if the store fails", async () => {
    const broken = { ...store(), get: () => Promise.reject(new Error("away")) };
    for (const request of [byItem, byAnswer])
      expect((await new RememberedItems().resolve(by(broken), request)).request).toBe(request);
  });

  it("make no request wait that refers to nothing, or to what the process knows", () => {
    const memory = store();
    const items = answered(by(memory));
    expect(items.resolve(by(memory), { input: "hi" })).not.toBeInstanceOf(Promise);
    expect(items.resolve(by(memory), byItem)).not.toBeInstanceOf(Promise);
    expect(items.resolve(by(), byAnswer)).not.toBeInstanceOf(Promise);
  });

  it("end where answers follow each other in a circle", () => {
    const items = new RememberedItems();
    items.remember(by(), { id: "resp_2", output }, { input: "[]", previous: "resp_2" });
    expect(items.resolve(by(), byAnswer)).toMatchObject({ request: byAnswer });
  });
});
