import { bareId, type Caller, idFor } from "../caller.js";
import { openaiTier, reportBatch } from "../chat/write-answer.js";
import { seal } from "../envelope.js";
import { given, pathOf, withRest } from "../fields.js";
import type { HubAnswer } from "../hub/answer.js";
import type { Block, Citation, ReasoningBlock, ToolCallBlock } from "../hub/blocks.js";
import type { Written } from "../hub/common.js";
import { isJsonObject, type JsonObject } from "../json.js";
import { LossList } from "../losses.js";
import { reportAnswer } from "../report-answer.js";
import { reportUsage } from "../report-usage.js";
import { writeStop } from "./stop.js";
import { writeSearches, writeUsage } from "./usage.js";
import { searchCall } from "./write-items.js";

/** Writes a response. Of several choices, which no caller of Responses can ask for, it is the first. */
export function writeAnswer(answer: HubAnswer, caller: Caller): Written<JsonObject> {
  const losses = new LossList();
  const [choice] = answer.choices;
  const blocks = choice?.blocks ?? [];
  const ids = new ItemIds(answer.id);
  const own = blocks.some(({ type }) => type === "refusal");
  const stop = choice?.stop ?? { reason: "end" as const };
  const { status, incomplete_details } = writeStop(stop, own, losses);
  const cut = status === "incomplete";
  const output = writeOutput(blocks, { ids, losses, cut });
  const createdAt = answer.createdAt ?? caller.now;
  reportStore(caller, losses);
  if (answer.usage !== undefined) reportUsage(answer.usage, "responses", losses);
  reportBatch(answer.service?.tier, losses);
  reportAnswer(answer, "responses", losses);
  reportRefusalLogprobs(choice?.logprobs, losses);
  const value = {
    ...responseOf({ id: answer.id, model: answer.model, createdAt }, caller, answer.service?.tier),
    completed_at: cut ? null : caller.now,
    status,
    incomplete_details,
    output,
    usage: answer.usage === undefined ? null : writeUsage(answer.usage),
    ...given({ tool_usage: writeSearches(answer.usage ?? {}) }),
  };
  return { value: withRest(value, answer.extra.responses), losses: losses.all };
}

/** Those of a text are a part of it. */
function reportRefusalLogprobs(logprobs: unknown, losses: LossList): void {
  const declined = isJsonObject(logprobs) ? logprobs["refusal"] : undefined;
  if (Array.isArray(declined) && declined.length > 0)
    losses.dropped("logprobs.refusal", "Responses has logprobs of texts only.");
}

/** Responses stores an answer unless the caller says otherwise; other wires cannot. */
export function reportStore({ request }: Caller, losses: LossList): void {
  if (request["store"] !== false) losses.converted("store", "Nothing is stored: another API served the request.");
}

export interface ResponseHead {
  readonly id: string;
  readonly model: string;
  readonly createdAt: number;
}

/**
 * A response without its output: typed clients want every field. Those of the request are as the caller wrote them.
 * Source: the Open Responses specification of 2026-04-24.
 */
export function responseOf(
  { id, model, createdAt }: ResponseHead,
  { request, ...caller }: Caller,
  tier = "default",
): JsonObject {
  const echo = (field: string, otherwise: unknown = null): unknown => request[field] ?? otherwise;
  return {
    id: idFor("resp_", id),
    object: "response",
    created_at: createdAt,
    completed_at: null,
    status: "in_progress",
    incomplete_details: null,
    error: null,
    model: caller.model ?? model,
    previous_response_id: echo("previous_response_id"),
    instructions: echo("instructions"),
    output: [],
    tools: toolsOf(request["tools"]),
    tool_choice: echo("tool_choice", "auto"),
    truncation: echo("truncation", "disabled"),
    parallel_tool_calls: echo("parallel_tool_calls", true),
    text: textOf(request["text"]),
    top_p: echo("top_p", 1),
    presence_penalty: echo("presence_penalty", 0),
    frequency_penalty: echo("frequency_penalty", 0),
    top_logprobs: echo("top_logprobs", 0),
    temperature: echo("temperature", 1),
    reasoning: echo("reasoning", { effort: null, summary: null }),
    usage: null,
    max_output_tokens: echo("max_output_tokens"),
    max_tool_calls: echo("max_tool_calls"),
    store: false,
    background: false,
    service_tier: openaiTier(tier) ?? "default",
    metadata: echo("metadata", {}),
    safety_identifier: echo("safety_identifier"),
    prompt_cache_key: echo("prompt_cache_key"),
  };
}

/** A schema of the answer is repeated with all of its fields. */
function textOf(text: unknown): JsonObject {
  if (!isJsonObject(text)) return { format: { type: "text" } };
  const { format } = text;
  if (!isJsonObject(format) || format["type"] !== "json_schema") return text;
  return { ...text, format: { description: null, strict: false, ...format } };
}

/** Function tools are repeated with all of their fields. */
function toolsOf(tools: unknown): readonly unknown[] {
  if (!Array.isArray(tools)) return [];
  return tools.map((tool: unknown) =>
    isJsonObject(tool) && tool["type"] === "function"
      ? { description: null, parameters: null, strict: null, ...tool }
      : tool,
  );
}

/** Ids of items that other wires do not have, made of the answer's. */
export class ItemIds {
  readonly #suffix: string;
  readonly #taken = new Map<string, number>();

  constructor(answerId: string) {
    this.#suffix = bareId(answerId);
  }

  /** @param prefix - e.g. `msg_` @param own - the id that the block has, if it is one of Responses */
  next(prefix: string, own?: string): string {
    if (own?.startsWith(prefix) === true) return own;
    const count = (this.#taken.get(prefix) ?? 0) + 1;
    this.#taken.set(prefix, count);
    return `${prefix}${this.#suffix}${count === 1 ? "" : `_${String(count)}`}`;
  }
}

interface OutputWriting {
  readonly ids: ItemIds;
  readonly losses: LossList;
  /** Whether the last item was cut. */
  readonly cut: boolean;
}

/** Texts with the same item are parts of one message. */
function writeOutput(blocks: readonly Block[], { ids, losses, cut }: OutputWriting): readonly JsonObject[] {
  const items: JsonObject[] = [];
  let parts: JsonObject[] | undefined;
  let owner: string | undefined;
  for (const [index, block] of blocks.entries()) {
    const status = cut && index === blocks.length - 1 ? "incomplete" : "completed";
    const part = writePart(block, losses);
    if (part !== undefined) {
      if (parts === undefined || block.item?.id !== owner) {
        owner = block.item?.id;
        parts = [];
        const message = messageItem(ids.next("msg_", owner), status, parts, block.item?.phase);
        items.push(withRest(message, block.item?.extra?.responses));
      }
      parts.push(part);
      continue;
    }
    parts = undefined;
    const item = writeItem(block, ids, status);
    if (item === undefined) losses.dropped(pathOf("content", index), "Responses does not know this block.");
    else items.push(item);
  }
  return items;
}

export function messageItem(id: string, status: string, content: readonly JsonObject[], phase?: string): JsonObject {
  return { type: "message", id, role: "assistant", status, ...given({ phase }), content };
}

/** A part of a message; `undefined`: the block is an item of its own. */
export function writePart(block: Block, losses: LossList): JsonObject | undefined {
  if (block.type === "refusal") return withRest({ type: "refusal", refusal: block.text }, block.extra?.responses);
  // Only parts of a message say which item they are of.
  if (block.type === "other" && block.wire === "responses" && block.item !== undefined) return block.value;
  if (block.type !== "text") return undefined;
  const annotations = (block.citations ?? [])
    .map((citation) => writeAnnotation(citation, block.text.length, losses))
    .filter((annotation) => annotation !== undefined);
  const written = { type: "output_text", text: block.text, annotations, logprobs: block.logprobs ?? [] };
  return withRest(written, block.extra?.responses);
}

/** A citation without a place of its own stands for the whole text. */
export function writeAnnotation(citation: Citation, length: number, losses: LossList): JsonObject | undefined {
  const { kind, url = "", title = "", span = { start: 0, end: length }, raw } = citation;
  if (raw?.wire === "responses") return raw.value;
  if (kind === "url") return { type: "url_citation", start_index: span.start, end_index: span.end, url, title };
  losses.dropped("citations", "Responses cites this source in another way.");
  return undefined;
}

/** A block as an item of its own; `undefined`: Responses has nothing like it. */
export function writeItem(block: Block, ids: ItemIds, status: string): JsonObject | undefined {
  switch (block.type) {
    case "reasoning":
      return writeReasoning(block, ids.next("rs_", block.item?.id));
    case "tool_call":
      if (block.search === true)
        return withRest(
          { ...searchCall(block.id, block.input.text), id: ids.next("tsc_", block.item?.id), status },
          block.extra?.responses,
        );
      return withRest({ ...callHead(block, ids), ...inputOf(block), status }, block.extra?.responses);
    case "compaction": {
      // Only the vendor itself can continue from it.
      if (block.opaque?.madeBy.wire !== "responses") return undefined;
      const id = ids.next("cmp_", block.item?.id);
      return withRest({ type: "compaction", id, encrypted_content: block.opaque.data }, block.extra?.responses);
    }
    case "server_tool":
    case "other":
      return block.wire === "responses" ? block.value : undefined;
    default:
      return undefined;
  }
}

export function callHead({ id, name, namespace, input, item }: ToolCallBlock, ids: ItemIds): JsonObject {
  const custom = input.kind === "text";
  return {
    type: custom ? "custom_tool_call" : "function_call",
    id: ids.next(custom ? "ctc_" : "fc_", item?.id),
    call_id: id,
    name,
    ...given({ namespace }),
  };
}

function inputOf({ input }: ToolCallBlock): JsonObject {
  return input.kind === "text" ? { input: input.text } : { arguments: input.text || "{}" };
}

/** What other wires show of a model's thoughts is a summary here: clients show summaries. */
export function writeReasoning(block: ReasoningBlock, id: string): JsonObject {
  const { text, summary, opaque, redacted } = block;
  const own = opaque === undefined || opaque.madeBy.wire === "responses";
  const parts = summary ?? (text === undefined ? [] : [text]);
  const raw = summary !== undefined && text !== undefined ? [{ type: "reasoning_text", text }] : undefined;
  const written = {
    type: "reasoning",
    id,
    summary: parts.map((part) => ({ type: "summary_text", text: part })),
    ...given({
      content: raw,
      encrypted_content: own ? opaque?.data : seal({ opaque, kind: redacted === true ? "red" : "sig" }),
    }),
  };
  return withRest(written, block.extra?.responses);
}
