import { describe, expect, it } from "vitest";
import type { JsonObject } from "../src/json.js";
import type { Usage } from "../src/wire/usage.js";
import { chatContinuation } from "../src/operations/continuation/chat.js";
import { messagesContinuation } from "../src/operations/continuation/messages.js";
import { responsesContinuation } from "../src/operations/continuation/responses.js";
import type { StreamContinuation } from "../src/operations/continuation/stream-continuation.js";

/** Holds back everything until it is asked for, and cuts nothing. */
function holding() {
  let held = "";
  return {
    push: (text: string) => {
      held += text;
      return "";
    },
    flush: () => {
      const text = held;
      held = "";
      return text;
    },
  };
}

const passing = { push: (text: string) => text, flush: () => "" };

interface Joined {
  readonly events: readonly JsonObject[];
  /** `undefined`: the answer could not be continued. */
  readonly text: string | undefined;
}

/** The events that a caller receives of a stream that broke, and of the one that continues it. */
function join(
  { joiner }: StreamContinuation,
  [first, second]: readonly [readonly JsonObject[], readonly JsonObject[]],
  { used, cutter = passing }: { readonly used?: Usage; readonly cutter?: typeof passing } = {},
): Joined {
  const made = joiner();
  const texts = first.map((event) => made.sent(event));
  if (texts.includes(undefined) || !made.continuable) return { events: first, text: undefined };
  const events = [...first];
  made.begin(cutter, used);
  for (const event of second)
    for (const joined of made.join(event)) {
      texts.push(made.sent(joined));
      events.push(joined);
    }
  return { events, text: texts.join("") };
}

const message = (usage: JsonObject): JsonObject => ({ type: "message_start", message: { id: "msg_1", usage } });
const block = (index: number, type = "text"): JsonObject => ({
  type: "content_block_start",
  index,
  content_block: { type, text: "" },
});
const delta = (index: number, text: string): JsonObject => ({
  type: "content_block_delta",
  index,
  delta: { type: "text_delta", text },
});
const stop = (index: number): JsonObject => ({ type: "content_block_stop", index });
const ended = (usage: JsonObject): JsonObject => ({
  type: "message_delta",
  delta: { stop_reason: "end_turn", stop_sequence: null },
  usage,
});

describe("streams of Messages", () => {
  const first = [message({ input_tokens: 9, output_tokens: 1 }), block(0), delta(0, "Once ")];
  const used = {
    prompt_tokens: 19,
    completion_tokens: 4,
    total_tokens: 23,
    prompt_tokens_details: { cached_tokens: 7, cache_write_tokens: 3 },
  };

  it("become one, whose usage is that of both, with every kind of token", () => {
    const begun = { input_tokens: 20, cache_read_input_tokens: 5, cache_creation_input_tokens: 0, output_tokens: 1 };
    const second = [
      message(begun),
      block(0),
      delta(0, "upon"),
      stop(0),
      ended({ input_tokens: null, output_tokens: 6 }),
    ];
    const { events, text } = join(messagesContinuation, [first, second], { used });
    expect(text).toBe("Once upon");
    expect(events.slice(3)).toEqual([
      delta(0, "upon"),
      stop(0),
      ended({
        input_tokens: 29,
        cache_read_input_tokens: 12,
        cache_creation_input_tokens: 3,
        output_tokens: 10,
      }),
    ]);
  });

  it("end the open block if the next one has nothing to add", () => {
    const { events } = join(messagesContinuation, [first, [message({}), ended({ output_tokens: 1 })]]);
    expect(events.slice(3)).toEqual([stop(0), ended({ output_tokens: 1 })]);
  });

  it("go on in a new block if the last one was complete, and number all blocks", () => {
    const second = [message({}), block(0, "thinking"), stop(0), block(1), delta(1, "a"), stop(1), block(2), stop(2)];
    const { events } = join(messagesContinuation, [[...first, stop(0)], second]);
    expect(events.slice(4)).toEqual([block(1), delta(1, "a"), stop(1), block(2), stop(2)]);
  });

  it("close the open block before one of another kind", () => {
    const second = [message({}), block(0, "server_tool_use"), stop(0)];
    expect(join(messagesContinuation, [first, second]).events.slice(3)).toEqual([
      stop(0),
      block(1, "server_tool_use"),
      stop(1),
    ]);
  });

  it("contain text that was held back before their block ends", () => {
    const second = [message({}), block(0), delta(0, "a"), delta(0, "b"), stop(0)];
    const { events } = join(messagesContinuation, [first, second], { cutter: holding() });
    expect(events.slice(3)).toEqual([delta(0, "ab"), stop(0)]);
  });

  it.each([
    ["a tool's call", [...first, stop(0), block(1, "tool_use")]],
    ["a thought", [...first, stop(0), block(1, "thinking")]],
  ])("are not joined within %s", (_, broken) => {
    expect(join(messagesContinuation, [broken, []]).text).toBeUndefined();
  });

  it("are asked for without thinking where the answer begins, and with a limit for the rest", () => {
    const request = {
      max_tokens: 2_000,
      thinking: { type: "enabled", budget_tokens: 1_500 },
      messages: [{ role: "user" }],
    };
    const begun = { role: "assistant", content: "Once" };
    expect(messagesContinuation.request(request, { text: "Once", usedTokens: 100 })).toEqual({
      max_tokens: 1_900,
      messages: [{ role: "user" }, begun],
    });
    const inWords = { text: "Once", usedTokens: 100, instruction: "Go on." };
    expect(messagesContinuation.request(request, inWords)).toMatchObject({ thinking: request.thinking });
    // A budget must be below the limit.
    expect(messagesContinuation.request(request, { ...inWords, usedTokens: 600 })).not.toHaveProperty("thinking");
  });
});

const response = (id: string, more: JsonObject = {}): JsonObject => ({
  id,
  created_at: 1,
  status: "in_progress",
  ...more,
});
const item = (id: string, content: readonly JsonObject[] = [], status = "in_progress"): JsonObject => ({
  type: "message",
  id,
  role: "assistant",
  status,
  content,
});
const part = (text: string): JsonObject => ({ type: "output_text", text, annotations: [] });

/** The events of a message, up to the end of its text. */
const messageEvents = (id: string, texts: readonly string[], at = 0): readonly JsonObject[] => {
  const place = { item_id: id, output_index: at, content_index: 0 };
  return [
    { type: "response.output_item.added", output_index: at, item: item(id) },
    { type: "response.content_part.added", ...place, part: part("") },
    ...texts.map((text) => ({ type: "response.output_text.delta", ...place, delta: text })),
  ];
};
const messageEnd = (id: string, text: string, at = 0): readonly JsonObject[] => {
  const place = { item_id: id, output_index: at, content_index: 0 };
  return [
    { type: "response.output_text.done", ...place, text },
    { type: "response.content_part.done", ...place, part: part(text) },
    { type: "response.output_item.done", output_index: at, item: item(id, [part(text)], "completed") },
  ];
};
const created = (id: string): JsonObject => ({ type: "response.created", response: response(id, { store: true }) });
const completed = (id: string, output: readonly JsonObject[], usage: JsonObject): JsonObject => ({
  type: "response.completed",
  response: response(id, { status: "completed", max_output_tokens: 16, output, usage }),
});
const numbered = (events: readonly JsonObject[]): readonly JsonObject[] =>
  events.map((event, index) => ({ ...event, sequence_number: index }));

describe("streams of Responses", () => {
  const first = [created("resp_1"), ...messageEvents("msg_1", ["Once "])];
  const second = [created("resp_2"), ...messageEvents("msg_2", ["upon"]), ...messageEnd("msg_2", "upon")];
  const used = {
    prompt_tokens: 9,
    completion_tokens: 2,
    total_tokens: 11,
    prompt_tokens_details: { cached_tokens: 4 },
  };

  it("become one, with the first id, the whole text in every place, and the usage of both", () => {
    const usage = { input_tokens: 20, output_tokens: 5, total_tokens: 25, input_tokens_details: { cached_tokens: 1 } };
    const all = [...second, completed("resp_2", [item("msg_2")], usage)];
    const { events, text } = join(responsesContinuation, [numbered(first), numbered(all)], { used });
    expect(text).toBe("Once upon");
    expect(events.map(({ sequence_number: number }) => number)).toEqual(events.map((_, index) => index));
    const whole = item("msg_1", [part("Once upon")], "completed");
    expect(events.at(-2)).toMatchObject({ type: "response.output_item.done", output_index: 0, item: whole });
    expect(events.at(-1)).toMatchObject({
      response: {
        id: "resp_1",
        status: "completed",
        store: false,
        output: [whole],
        usage: {
          input_tokens: 29,
          output_tokens: 7,
          total_tokens: 36,
          input_tokens_details: { cached_tokens: 5 },
        },
      },
    });
  });

  it("go on in a new item if the last one was complete", () => {
    const broken = [...first, ...messageEnd("msg_1", "Once ")];
    const { events } = join(responsesContinuation, [broken, [...second, completed("resp_2", [], {})]]);
    const items = events.filter(({ type }) => type === "response.output_item.done").map((event) => event["item"]);
    expect(items).toMatchObject([{ id: "msg_1" }, { id: "msg_2" }]);
    expect(events.at(-1)).toMatchObject({ response: { id: "resp_1", output: items } });
    expect(events.filter(({ output_index: at }) => at === 1)).toHaveLength(6);
    // Vendors may not number their events.
    expect(events.some((event) => "sequence_number" in event)).toBe(false);
  });

  it("end what is open if the next one has nothing to add", () => {
    const { events } = join(responsesContinuation, [first, [created("resp_2"), completed("resp_2", [], {})]]);
    expect(events.slice(4)).toMatchObject([
      { type: "response.output_text.done", text: "Once " },
      { type: "response.content_part.done", part: { text: "Once " } },
      { type: "response.output_item.done", item: { id: "msg_1", content: [{ text: "Once " }] } },
      { type: "response.completed", response: { output: [{ id: "msg_1", content: [{ text: "Once " }] }] } },
    ]);
  });

  it("close the open text before a refusal", () => {
    const place = { item_id: "msg_2", output_index: 0, content_index: 0 };
    const refusing = [
      created("resp_2"),
      { type: "response.output_item.added", output_index: 0, item: item("msg_2") },
      { type: "response.content_part.added", ...place, part: { type: "refusal", refusal: "" } },
    ];
    expect(join(responsesContinuation, [first, refusing]).events.slice(4)).toMatchObject([
      { type: "response.output_text.done", text: "Once " },
      { type: "response.content_part.done", content_index: 0 },
      { type: "response.content_part.added", item_id: "msg_1", content_index: 1, part: { type: "refusal" } },
    ]);
  });

  it.each([
    ["a tool's call", { type: "response.output_item.added", output_index: 1, item: { type: "function_call" } }],
    ["a thought", { type: "response.output_item.added", output_index: 1, item: { type: "reasoning" } }],
  ])("are not joined within %s", (_, event) => {
    const broken = [...first, ...messageEnd("msg_1", "Once "), event];
    expect(join(responsesContinuation, [broken, []]).text).toBeUndefined();
  });

  it.each<[string, JsonObject]>([
    ["a stored prompt", { prompt: { id: "pmpt_1" } }],
    ["a conversation", { conversation: "conv_1" }],
    ["a background", { background: true }],
    ["logprobs", { include: ["message.output_text.logprobs"] }],
    ["tools in the input", { input: [{ type: "additional_tools" }] }],
  ])("are not continued with %s", (_, request) => {
    expect(responsesContinuation.isPlain({ input: "hi" })).toBe(true);
    expect(responsesContinuation.isPlain({ input: "hi", ...request })).toBe(false);
  });

  it("are asked for without being stored", () => {
    const asked = { input: "hi", max_output_tokens: 20, previous_response_id: "resp_0", store: true };
    expect(responsesContinuation.request(asked, { text: "Once", usedTokens: 10, instruction: "Go on." })).toEqual({
      max_output_tokens: 16,
      previous_response_id: "resp_0",
      store: false,
      input: [
        { role: "user", content: "hi" },
        { role: "assistant", content: "Once" },
        { role: "user", content: "Go on." },
      ],
    });
  });
});

describe("streams of chats", () => {
  it("keep repeated text back although the host writes fields that are null", () => {
    const chunk = (more: JsonObject): JsonObject => ({
      id: "1",
      choices: [{ index: 0, delta: { refusal: null, ...more }, finish_reason: null }],
    });
    const second = [chunk({ role: "assistant", content: "" }), chunk({ content: "a", thinking_blocks: [] })];
    const cutter = holding();
    const { events } = join(chatContinuation, [[chunk({ content: "Once" })], second], { cutter });
    expect([events.length, cutter.flush()]).toEqual([1, "a"]);
  });

  it("are joined although the host sends chunks without choices, and choices without a delta", () => {
    const odd: readonly JsonObject[] = [{ id: "2" }, { id: "2", choices: [{ index: 0, finish_reason: "stop" }] }];
    const { events, text } = join(chatContinuation, [[{ id: "1" }, ...odd], odd]);
    expect([text, events.slice(3)]).toEqual([
      "",
      [
        { id: "1", choices: [] },
        { id: "1", choices: [{ index: 0, delta: {}, finish_reason: "stop" }] },
      ],
    ]);
  });
});
