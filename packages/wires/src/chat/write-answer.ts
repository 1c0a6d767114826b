import type { Caller } from "../caller.js";
import { idFor } from "../caller.js";
import { given, pathOf, withRest } from "../fields.js";
import type { HubAnswer, HubChoice } from "../hub/answer.js";
import type { Block, Citation, ReasoningBlock, ToolCallBlock } from "../hub/blocks.js";
import type { Written } from "../hub/common.js";
import type { JsonObject } from "../json.js";
import { LossList } from "../losses.js";
import { reportTier, reportUsage } from "../report-usage.js";
import { writeStop } from "./stop.js";
import { writeUsage } from "./usage.js";

/** Writes a chat completion. */
export function writeAnswer(answer: HubAnswer, caller: Caller): Written<JsonObject> {
  const losses = new LossList();
  const { tier, fingerprint } = answer.service ?? {};
  if (answer.usage !== undefined) reportUsage(answer.usage, "chat", losses);
  reportBatch(tier, losses);
  const value = {
    id: idFor("chatcmpl-", answer.id),
    object: "chat.completion",
    created: answer.createdAt ?? caller.now,
    model: caller.model ?? answer.model,
    choices: answer.choices.map((choice) => writeChoice(choice, losses)),
    ...given({
      usage: answer.usage && writeUsage(answer.usage),
      service_tier: openaiTier(tier),
      system_fingerprint: fingerprint,
    }),
  };
  return { value: withRest(value, answer.extra.chat), losses: losses.all };
}

/** OpenAI's word for a tier; `undefined` for one that it does not have. */
export function openaiTier(tier: string | undefined): string | undefined {
  if (tier === "standard") return "default";
  return tier === "batch" ? undefined : tier;
}

/** Only Messages has a tier that OpenAI has no word for. */
export function reportBatch(tier: string | undefined, losses: LossList): void {
  if (tier === "batch") reportTier(tier, "usage.service_tier", losses);
}

function writeChoice({ index, blocks, stop, extra, logprobs }: HubChoice, losses: LossList): JsonObject {
  const own = blocks.some(({ type }) => type === "refusal");
  const finish = writeStop(stop, !own, losses);
  const message = writeMessage(blocks, stop, losses);
  const written = { index, message, logprobs: logprobs ?? logprobsOf(blocks), finish_reason: finish };
  return withRest(written, extra?.chat);
}

/** Those of the texts, where another wire has them. */
function logprobsOf(blocks: readonly Block[]): JsonObject | null {
  const content = blocks.flatMap((block) =>
    block.type === "text" && Array.isArray(block.logprobs) ? (block.logprobs as unknown[]) : [],
  );
  return content.length === 0 ? null : { content, refusal: null };
}

function writeMessage(blocks: readonly Block[], stop: HubChoice["stop"], losses: LossList): JsonObject {
  const texts: string[] = [];
  let length = 0;
  const annotations: JsonObject[] = [];
  const thoughts: string[] = [];
  const calls: JsonObject[] = [];
  let refusal = stop.reason === "refusal" ? stop.explanation : undefined;
  let audio: JsonObject | undefined;
  for (const [index, block] of blocks.entries()) {
    const path = pathOf("content", index);
    if (block.type === "text") {
      for (const annotation of writeAnnotations(block.citations ?? [], length, block.text.length, losses))
        annotations.push(annotation);
      texts.push(block.text);
      length += block.text.length;
    } else if (block.type === "refusal") refusal = block.text;
    else if (block.type === "reasoning") for (const text of writeThoughts(block, path, losses)) thoughts.push(text);
    else if (block.type === "tool_call") calls.push(writeCall(block));
    else if (block.type === "audio") audio = writeAudio(block);
    else losses.dropped(path, "Chat Completions does not know this block.");
  }
  const content = texts.length === 0 && (calls.length > 0 || refusal !== undefined) ? null : texts.join("");
  return {
    role: "assistant",
    content,
    refusal: refusal ?? null,
    ...given({
      reasoning_content: thoughts.length === 0 ? undefined : thoughts.join("\n\n"),
      annotations: annotations.length === 0 ? undefined : annotations,
      audio,
      tool_calls: calls.length === 0 ? undefined : calls,
    }),
  };
}

function writeThoughts({ text, summary, opaque }: ReasoningBlock, path: string, losses: LossList): readonly string[] {
  if (opaque !== undefined) losses.dropped(pathOf(path, "signature"), "Chat Completions has no place for it.");
  return text === undefined ? (summary ?? []) : [text];
}

export function writeCall({ id, name, input, extra }: ToolCallBlock): JsonObject {
  const written =
    input.kind === "text"
      ? { id, type: "custom", custom: { name, input: input.text } }
      : { id, type: "function", function: { name, arguments: input.text || "{}" } };
  return withRest(written, extra?.chat);
}

function writeAudio({ id, source, transcript, expiresAt }: Extract<Block, { readonly type: "audio" }>): JsonObject {
  return given({ id, data: source?.kind === "base64" ? source.data : undefined, transcript, expires_at: expiresAt });
}

/** Anthropic wants its index back with the citation; no other wire has a place for it. */
export function reportIndex(raw: Citation["raw"], losses: LossList): void {
  if (raw?.wire === "messages") losses.dropped("citations.encrypted_index", "Only Messages has a place for it.");
}

/**
 * Citations of addresses. One without a place of its own stands for the whole text.
 * @param offset - where the text begins in the content
 */
export function writeAnnotations(
  citations: readonly Citation[],
  offset: number,
  length: number,
  losses: LossList,
): readonly JsonObject[] {
  return citations.flatMap(({ kind, url = "", title = "", span = { start: 0, end: length }, raw }) => {
    if (raw?.wire === "chat") return [raw.value];
    if (kind === "url") {
      reportIndex(raw, losses);
      const place = { start_index: offset + span.start, end_index: offset + span.end };
      return [{ type: "url_citation", url_citation: { ...place, url, title } }];
    }
    losses.dropped("citations", "Chat Completions cites addresses only.");
    return [];
  });
}
