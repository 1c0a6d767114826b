import type { JsonObject } from "../json.js";
import type { Usage } from "../wire/usage.js";
import type { MockEvent, MockFacts } from "./operation-row.js";

type Head = Pick<MockFacts, "created" | "id" | "model">;

/** The parts of a response that change while it is written. */
interface ResponseParts {
  readonly status: string;
  readonly output?: readonly JsonObject[];
  readonly usage?: Usage | undefined;
  /** Why it is incomplete. */
  readonly reason?: string | undefined;
}

function responseOf({ id, created, model }: Head, { status, output = [], usage, reason }: ResponseParts): JsonObject {
  return {
    id,
    object: "response",
    created_at: created,
    status,
    error: null,
    incomplete_details: reason === undefined ? null : { reason },
    model,
    output,
    usage: usage === undefined ? null : usageOfResponse(usage),
  };
}

export function usageOfResponse({
  prompt_tokens: input,
  completion_tokens: output,
  total_tokens: total,
}: Usage): JsonObject {
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: total,
  };
}

function textPart(text: string): JsonObject {
  return { type: "output_text", text, annotations: [], logprobs: [] };
}

function messageOf(id: string, status: string, content: readonly JsonObject[]): JsonObject {
  return { type: "message", id: `msg_${id}`, role: "assistant", status, content };
}

/** A simulated response. */
export function mockResponse(facts: MockFacts): JsonObject {
  const output = [messageOf(facts.id, "completed", [textPart(facts.text)])];
  return responseOf(facts, { status: "completed", output, usage: facts.usage });
}

/** The status, and the reason if it is incomplete, for finish reasons of a chat. Other words are reasons. */
const endings: ReadonlyMap<string, Pick<ResponseParts, "reason" | "status">> = new Map([
  ["stop", { status: "completed" }],
  ["tool_calls", { status: "completed" }],
  ["length", { status: "incomplete", reason: "max_output_tokens" }],
  ["failed", { status: "failed" }],
]);

/** The number of events before the first piece of text. */
const opening = 4;

/** The events of one step of a simulated response. */
export function mockResponseEvents(step: MockEvent): readonly JsonObject[] {
  const { text, index, textSoFar, usage, finishReason = "stop" } = step;
  const place = { item_id: `msg_${step.id}`, output_index: 0, content_index: 0 };
  const begun = index === 0 ? beginning(step, place).slice(0, text === undefined ? 2 : opening) : [];
  const first = index === 0 ? 0 : opening + index;
  if (text !== undefined) {
    const delta = { type: "response.output_text.delta", ...place, delta: text, logprobs: [] };
    return numbered([...begun, delta], first);
  }
  const ending = endings.get(finishReason) ?? { status: "incomplete", reason: finishReason };
  const { status } = ending;
  const done = status === "completed" ? "completed" : "incomplete";
  const item = messageOf(step.id, done, [textPart(textSoFar)]);
  const output = index === 0 ? [] : [item];
  const ended = [
    { type: "response.output_text.done", ...place, text: textSoFar, logprobs: [] },
    { type: "response.content_part.done", ...place, part: textPart(textSoFar) },
    { type: "response.output_item.done", output_index: 0, item },
  ];
  const whole = { type: `response.${status}`, response: responseOf(step, { ...ending, output, usage }) };
  return numbered([...begun, ...(index === 0 ? [] : ended), whole], first);
}

function beginning(head: Head, place: JsonObject): readonly JsonObject[] {
  const response = responseOf(head, { status: "in_progress" });
  return [
    { type: "response.created", response },
    { type: "response.in_progress", response },
    { type: "response.output_item.added", output_index: 0, item: messageOf(head.id, "in_progress", []) },
    { type: "response.content_part.added", ...place, part: textPart("") },
  ];
}

function numbered(events: readonly JsonObject[], first: number): readonly JsonObject[] {
  return events.map((event, index) => ({ ...event, sequence_number: first + index }));
}
