import { createError } from "@modelyard/core/kit";
import { type Caller, idFor } from "../caller.js";
import { type OpaqueKind, seal } from "../envelope.js";
import { given, parseJson, pathOf, withRest } from "../fields.js";
import type { HubAnswer, HubChoice, HubStop } from "../hub/answer.js";
import type { Block, Citation, ReasoningBlock, ToolCallBlock } from "../hub/blocks.js";
import type { Opaque, Written } from "../hub/common.js";
import { isJsonObject, type JsonObject } from "../json.js";
import { LossList } from "../losses.js";
import { reportAnswer } from "../report-answer.js";
import { reportTier, reportUsage } from "../report-usage.js";
import { writeStop } from "./stop.js";
import { tierFor, writeUsage } from "./usage.js";

/** Writes a message. Of several choices, which no caller of Messages can ask for, it is the first. */
export function writeAnswer(answer: HubAnswer, caller: Caller): Written<JsonObject> {
  const losses = new LossList();
  const [choice] = answer.choices;
  const stop = stopWith(
    choice?.stop ?? { reason: "end" },
    choice?.blocks.some(({ type }) => type === "tool_call") ?? false,
  );
  const tier = answer.service?.tier;
  if (answer.usage !== undefined) reportUsage(answer.usage, "messages", losses);
  if (tierFor(tier) === null) reportTier(tier, "service_tier", losses);
  if (hasLogprobs(choice)) reportLogprobs(losses);
  reportAnswer(answer, "messages", losses);
  const value = {
    id: idFor("msg_", answer.id),
    type: "message",
    role: "assistant",
    model: caller.model ?? answer.model,
    content: (choice?.blocks ?? []).flatMap((block, index) => {
      const path = pathOf("content", index);
      if (!wasCut(block, stop)) return writeBlock(block, path, losses) ?? [];
      losses.dropped(path, "The answer reached its limit before this call was complete.");
      return [];
    }),
    ...writeStop(stop, losses),
    container: null,
    usage: writeUsage(answer.usage ?? {}, tier),
  };
  return { value: withRest(value, answer.extra.messages), losses: losses.all };
}

function hasLogprobs(choice: HubChoice | undefined): boolean {
  if (choice === undefined) return false;
  return choice.logprobs != null || choice.blocks.some((block) => block.type === "text" && isFilled(block.logprobs));
}

/** Whether there are logprobs. Responses has an empty list where none were requested. */
export function isFilled(logprobs: unknown): boolean {
  return logprobs != null && !(Array.isArray(logprobs) && logprobs.length === 0);
}

export function reportLogprobs(losses: LossList): void {
  losses.dropped("logprobs", "Messages has no place for them.");
}

/** OpenAI says "stop" of a call that the caller forced; clients of Messages run only calls that the reason names. */
export function stopWith(stop: HubStop, calls: boolean): HubStop {
  return calls && stop.reason === "end" ? { reason: "tool_calls" } : stop;
}

/** Whether a block is a call that the answer's limit ended before its arguments were whole. */
function wasCut(block: Block, { reason }: HubStop): boolean {
  return (reason === "length" || reason === "context_window") && block.type === "tool_call" && !isWhole(block);
}

/** Whether the arguments of a call are what Messages wants: an object. */
export function isWhole({ input: { kind, text } }: ToolCallBlock): boolean {
  return kind === "text" || text.trim() === "" || isJsonObject(parseJson(text));
}

/** A block of an answer; `undefined`: Messages has nothing like it, which is reported. */
export function writeBlock(block: Block, path: string, losses: LossList): JsonObject | undefined {
  const written = bareBlock(block, path, losses);
  return written && withRest(written, block.extra?.messages);
}

function bareBlock(block: Block, path: string, losses: LossList): JsonObject | undefined {
  switch (block.type) {
    case "text":
      return block.text === ""
        ? undefined
        : { type: "text", text: block.text, citations: writeCitations(block.citations, losses) };
    case "refusal":
      return { type: "text", text: block.text, citations: null };
    case "reasoning":
      return writeThought(block);
    case "tool_call":
      return { ...writeCallHead(block), input: inputOf(block) };
    case "compaction":
      // Only the vendor itself can continue from it.
      if (block.opaque === undefined) return { type: "compaction", content: block.text ?? null };
      break;
    case "server_tool":
    case "other":
      if (block.wire === "messages") return block.value;
      break;
    default:
      break;
  }
  losses.dropped(path, "Messages does not know this block.");
  return undefined;
}

/** A namespace is the vendor's own, since callers of Messages cannot declare one. */
export function writeCallHead({ id, name, extra }: ToolCallBlock): JsonObject {
  return withRest({ type: "tool_use", id, name, input: {}, caller: { type: "direct" } }, extra?.messages);
}

/** @throws `invalid_response` if the model wrote no JSON object: an empty one would call the tool with nothing */
function inputOf({ name, input }: ToolCallBlock): JsonObject {
  if (input.kind === "text") return { input: input.text };
  if (input.text.trim() === "") return {};
  const parsed = parseJson(input.text);
  if (isJsonObject(parsed)) return parsed;
  throw createError({ kind: "invalid_response", message: brokenCall(name) });
}

export function brokenCall(name: string): string {
  return `The model called the tool ${name} with arguments that are not a JSON object.`;
}

/** Thinking, or only its data if it has no text. */
export function writeThought(block: ReasoningBlock): JsonObject {
  const { text, summary, opaque, redacted } = block;
  const thinking = text ?? summary?.join("\n\n") ?? "";
  if (redacted === true || (thinking === "" && opaque !== undefined && opaque.madeBy.wire !== "messages"))
    return { type: "redacted_thinking", data: opaque === undefined ? "" : signatureOf(opaque, block, "red") };
  return { type: "thinking", thinking, signature: opaque === undefined ? "" : signatureOf(opaque, block, "sig") };
}

/** Anthropic's own as it is; what another wire made, in an envelope that names it. */
export function signatureOf(opaque: Opaque, { item }: Pick<ReasoningBlock, "item">, own: OpaqueKind): string {
  if (opaque.madeBy.wire === "messages") return opaque.data;
  return seal({ opaque, kind: opaque.madeBy.wire === "responses" ? "enc" : own, ...given({ itemId: item?.id }) });
}

export function writeCitations(
  citations: readonly Citation[] | undefined,
  losses: LossList,
): readonly JsonObject[] | null {
  const written = (citations ?? [])
    .map((citation) => writeCitation(citation, losses))
    .filter((citation) => citation !== undefined);
  return written.length === 0 ? null : written;
}

export function writeCitation({ kind, url, title, raw }: Citation, losses: LossList): JsonObject | undefined {
  if (raw?.wire === "messages") return raw.value;
  if (kind === "url" && url !== undefined)
    return { type: "web_search_result_location", url, title: title ?? null, cited_text: "", encrypted_index: "" };
  losses.dropped("citations", "Messages cites this source in another way.");
  return undefined;
}
