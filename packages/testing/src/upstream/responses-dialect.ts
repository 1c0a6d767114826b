import type { JsonObject, OperationName } from "@modelyard/core";
import { isJsonObject } from "@modelyard/core/kit";
import { type Behavior, defaultText, defaultUsage } from "./behavior.js";
import { created } from "./created.js";
import { callItem, reasoningItem, type ScriptedItem, textItem } from "./response-items.js";
import type { SentCall } from "./sent-call.js";
import { snippets, sse, type StreamScript, words } from "./sse.js";

/** The items of the answer. */
function itemsOf({ body }: SentCall, { toolCalls = [], text, reasoning }: Behavior): readonly ScriptedItem[] {
  const sealed = Array.isArray(body["include"]) && body["include"].includes("reasoning.encrypted_content");
  const content = text ?? (toolCalls.length > 0 ? undefined : defaultText);
  const items: ((index: number) => ScriptedItem)[] = [];
  if (reasoning !== undefined) items.push((index) => reasoningItem(index, words(reasoning), sealed));
  if (content !== undefined) items.push((index) => textItem(index, words(content)));
  for (const call of toolCalls) items.push((index) => callItem(index, call, snippets(call.arguments)));
  return items.map((make, index) => make(index));
}

/** The status that a finish reason of a chat means. Any other word is the reason why the response is incomplete. */
function endingOf({ finishReason = "stop" }: Behavior): { readonly status: string; readonly reason?: string } {
  if (finishReason === "stop" || finishReason === "tool_calls") return { status: "completed" };
  if (finishReason === "failed") return { status: "failed" };
  return { status: "incomplete", reason: finishReason === "length" ? "max_output_tokens" : finishReason };
}

function usageOf({ usage = defaultUsage }: Behavior): JsonObject {
  const { prompt_tokens: input, completion_tokens: output, total_tokens: total } = usage;
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: 0, ...usage.prompt_tokens_details },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: 0, ...usage.completion_tokens_details },
    total_tokens: total,
  };
}

function responseOf(sent: SentCall, { answerNumber = 1 }: Behavior, fields: JsonObject): JsonObject {
  const id = `resp_${String(answerNumber)}`;
  const head = { id, object: "response", created_at: created, completed_at: null, model: sent.model };
  return { ...head, error: null, incomplete_details: null, output: [], usage: null, ...echoOf(sent), ...fields };
}

/** What a response repeats of its request. Fields that the request does not have get the vendor's defaults. */
function echoOf({ body }: SentCall): JsonObject {
  const given = Object.fromEntries(Object.entries(body).filter(([field]) => field in echoed));
  return { ...echoed, ...given, text: textOf(body), tools: toolsOf(body) };
}

/** A schema of the answer is repeated with all of its fields. */
function textOf({ text }: JsonObject): JsonObject {
  const given: JsonObject = isJsonObject(text) ? text : {};
  const { format = { type: "text" } } = given;
  const whole = isJsonObject(format) && format["type"] === "json_schema";
  return { ...given, format: whole ? { description: null, strict: false, ...format } : format };
}

/** Function tools are repeated with all of their fields. */
function toolsOf({ tools }: JsonObject): readonly unknown[] {
  if (!Array.isArray(tools)) return [];
  return tools.map((tool: unknown) =>
    isJsonObject(tool) && tool["type"] === "function"
      ? { description: null, parameters: null, strict: true, ...tool }
      : tool,
  );
}

const echoed: JsonObject = {
  background: false,
  frequency_penalty: 0,
  instructions: null,
  max_output_tokens: null,
  max_tool_calls: null,
  metadata: {},
  parallel_tool_calls: true,
  presence_penalty: 0,
  previous_response_id: null,
  prompt_cache_key: null,
  reasoning: { effort: null, summary: null },
  safety_identifier: null,
  service_tier: "default",
  store: true,
  temperature: 1,
  tool_choice: "auto",
  top_logprobs: 0,
  top_p: 1,
  truncation: "disabled",
};

/** The whole answer of a healthy vendor. */
export function responsesAnswer(sent: SentCall, behavior: Behavior): JsonObject {
  const { status, reason } = endingOf(behavior);
  return responseOf(sent, behavior, {
    status,
    completed_at: status === "completed" ? created : null,
    incomplete_details: reason === undefined ? null : { reason },
    output: itemsOf(sent, behavior).map(({ whole }) => whole),
    usage: usageOf(behavior),
    ...searchesOf(behavior),
  });
}

/** The number of web searches, which a response has beside its usage. */
function searchesOf({ usage }: Behavior): JsonObject {
  const tools = usage?.["server_tool_use"];
  return isJsonObject(tools) ? { tool_usage: { web_search: { num_requests: tools["web_search_requests"] } } } : {};
}

/** The events of a healthy vendor. The last one has the finish reason and is the end mark, too. */
export function responsesStream(sent: SentCall, behavior: Behavior): StreamScript {
  let count = 0;
  const event = (fields: JsonObject): string => {
    const number = count;
    count += 1;
    return sse({ ...fields, sequence_number: number }, String(fields["type"]));
  };
  const begun = responseOf(sent, behavior, { status: "in_progress" });
  const answer = responsesAnswer(sent, behavior);
  const head = [
    { type: "response.created", response: begun },
    { type: "response.in_progress", response: begun },
  ];
  const items = itemsOf(sent, behavior).map(({ start, before, deltas, after, whole }, index) => {
    const place = { output_index: index };
    const first = [{ type: "response.output_item.added", ...place, item: start }, ...before];
    return { first, rest: [...deltas, ...after, { type: "response.output_item.done", ...place, item: whole }] };
  });
  // A call is content from its start, whereas texts begin empty.
  const startsEmpty = items[0] !== undefined && items[0].first.length > 1;
  const opening = [...head, ...(startsEmpty ? (items[0]?.first ?? []) : [])].map(event);
  const contents = items
    .flatMap(({ first, rest }, index) => (index === 0 && startsEmpty ? rest : [...first, ...rest]))
    .map(event);
  const finishing = [event({ type: `response.${String(answer["status"])}`, response: answer })];
  const empty = { ...answer, output: [], usage: null };
  const nothing = [sse({ type: "response.completed", response: empty, sequence_number: 0 }, "response.completed")];
  return { opening, contents, finishing, usage: [], ending: [], nothing };
}

const withStatus: ReadonlySet<OperationName> = new Set(["responses"]);

/** Whether the answers of an operation have a status, which says whether they failed. */
export function hasStatus(operation: OperationName): boolean {
  return withStatus.has(operation);
}

/** The words of an error, from the body of a failure. */
type Words = JsonObject;

/** The events of a stream that fails. @param before - how many events came before them */
export function responsesErrorEvents(sent: SentCall, error: Words, before: number): string {
  const { message = "", code = null, param = null } = error;
  const first = sse({ type: "error", message, code, param, error, sequence_number: before }, "error");
  return first + responsesFailedEvent(sent, error, before + 1);
}

/** The event of a response that failed. */
export function responsesFailedEvent(sent: SentCall, error: Words, number?: number): string {
  const event = { type: "response.failed", response: failed(sent, error), sequence_number: number };
  return sse(event, "response.failed");
}

/** A whole answer that failed, after some output. */
export function responsesFailedAnswer(sent: SentCall, behavior: Behavior, error: Words): JsonObject {
  const { output } = responsesAnswer(sent, behavior);
  return { ...failed(sent, error), output };
}

function failed(sent: SentCall, { code, message = "" }: Words): JsonObject {
  return responseOf(sent, {}, { status: "failed", error: { code: code ?? "server_error", message } });
}
