import { describe, expect, it } from "vitest";
import type { JsonObject } from "../json.js";
import { operations } from "../operations.js";
import { storedIds } from "./stored-ids.js";

const shout = (id: string): string => id.toUpperCase();

const message = { type: "message", role: "user", content: "hi" };

describe("stored ids of Responses", () => {
  it.each<[string, JsonObject, readonly string[]]>([
    ["a previous response", { previous_response_id: "resp_1" }, ["previous_response_id resp_1"]],
    ["a conversation", { conversation: "conv_1" }, ["conversation conv_1"]],
    ["a conversation as an object", { conversation: { id: "conv_1" } }, ["conversation conv_1"]],
    ["a referenced item", { input: [message, { type: "item_reference", id: "msg_1" }] }, ["input[1].id msg_1"]],
    ["a referenced item without a type", { input: [{ id: "msg_1" }] }, ["input[0].id msg_1"]],
    ["a referenced item whose type is null", { input: [{ type: null, id: "msg_1" }] }, ["input[0].id msg_1"]],
    [
      "a request for approval",
      { input: [{ type: "mcp_approval_response", approval_request_id: "mcpr_1", approve: true }] },
      ["input[0].approval_request_id mcpr_1"],
    ],
    ["nothing", { previous_response_id: null, conversation: null, input: [{ ...message, id: "msg_1" }] }, []],
    ["nothing but a text", { input: "resp_1" }, []],
    ["ids of other types", { previous_response_id: 5, conversation: { id: {} }, input: [null, 5] }, []],
  ])("are found in a request: %s", (_, request, expected) => {
    expect(storedIds.of(request).map(({ path, id }) => `${path} ${id}`)).toEqual(expected);
  });

  it("of reasoning that is not there itself are optional", () => {
    const here = { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "x" };
    const stored = { type: "reasoning", id: "rs_2", summary: [] };
    const request = { input: [message, here, stored, { ...stored, id: "rs_3" }] };
    expect(storedIds.of(request)).toEqual([]);
    expect(storedIds.optional(request).map(({ path, id }) => `${path} ${id}`)).toEqual([
      "input[2] rs_2",
      "input[3] rs_3",
    ]);
    expect(storedIds.without(request, new Set(["rs_1", "rs_3"]))).toEqual({ input: [message, here, stored] });
    expect(storedIds.optional({ input: "hi" })).toEqual([]);
  });

  it("are replaced in a request, also in items that are there as a whole", () => {
    const request = {
      model: "m",
      previous_response_id: "resp_1",
      conversation: { id: "conv_1", more: 1 },
      input: [message, { type: "item_reference", id: "msg_1" }, { ...message, id: "msg_2" }],
      metadata: { id: "msg_1" },
    };
    const frozen = structuredClone(request);
    expect(storedIds.with(request, shout)).toEqual({
      model: "m",
      previous_response_id: "RESP_1",
      conversation: { id: "CONV_1", more: 1 },
      input: [message, { type: "item_reference", id: "MSG_1" }, { ...message, id: "MSG_2" }],
      metadata: { id: "msg_1" },
    });
    expect(request).toEqual(frozen);
    expect(storedIds.with({ conversation: "conv_1" }, shout)).toEqual({ conversation: "CONV_1" });
  });

  it("leave the request as it is if none of them changes", () => {
    for (const request of [
      { input: "hi" },
      { input: [message, { type: "item_reference", id: "msg_1" }], conversation: { id: "conv_1" } },
      { previous_response_id: null, conversation: null },
    ])
      expect(storedIds.with(request, (id) => id)).toBe(request);
  });

  it("are renamed in answers and events, and nothing else is", () => {
    const answer = {
      id: "resp_2",
      object: "response",
      previous_response_id: "resp_1",
      conversation: { id: "conv_1" },
      prompt: { id: "pmpt_1" },
      output: [{ type: "function_call", id: "fc_1", call_id: "call_1" }],
    };
    const renamed = {
      ...answer,
      id: "RESP_2",
      previous_response_id: "RESP_1",
      conversation: { id: "CONV_1" },
      output: [{ type: "function_call", id: "FC_1", call_id: "call_1" }],
    };
    expect(storedIds.rename(answer, shout)).toEqual(renamed);
    const created = { type: "response.created", sequence_number: 0, response: answer };
    expect(storedIds.rename(created, shout)).toEqual({ ...created, response: renamed });
    const added = { type: "response.output_item.added", output_index: 0, item: { type: "message", id: "msg_1" } };
    expect(storedIds.rename(added, shout)).toEqual({ ...added, item: { type: "message", id: "MSG_1" } });
    const delta = { type: "response.output_text.delta", item_id: "msg_1", delta: "msg_1" };
    expect(storedIds.rename(delta, shout)).toEqual({ ...delta, item_id: "MSG_1" });
  });

  it("are introduced by events with a response or an item", () => {
    const introducing = (event: JsonObject, indent?: number): boolean =>
      storedIds.introducing.test(JSON.stringify(event, undefined, indent));
    expect(introducing({ type: "response.created", response: { id: "resp_1" } })).toBe(true);
    expect(introducing({ type: "response.output_item.added", item: { id: "msg_1" } }, 1)).toBe(true);
    expect(introducing({ type: "response.output_text.delta", delta: '"response":{' })).toBe(false);
  });

  it("exist only where vendors store what they answer", () => {
    expect(storedIds.stores({})).toBe(true);
    expect(storedIds.stores({ store: null })).toBe(true);
    expect(storedIds.stores({ store: false })).toBe(false);
    const storing = Object.values(operations).filter(({ stored }) => stored?.stores({}) === true);
    expect(storing.map(({ name }) => name)).toEqual(["responses"]);
  });
});
