import { given, pathOf, withRest } from "../fields.js";
import type { Block, Citation, ReasoningBlock, TextBlock, ToolCallBlock } from "../hub/blocks.js";
import type { JsonObject } from "../json.js";
import type { Caller } from "../caller.js";
import type { LossList } from "../losses.js";
import { reasoningDetails } from "./reasoning-details.js";
import { thinkingBlock } from "./thinking-blocks.js";

/** The message of an answer, written block by block. Most have one block of text, and cost nothing for the other kinds. */
export class WrittenMessage {
  readonly #caller: Caller;
  readonly #losses: LossList;
  #text: string | undefined;
  #refusal: string | undefined;
  #thoughts: string[] | undefined;
  #signed: JsonObject[] | undefined;
  #details: JsonObject[] | undefined;
  /** How many blocks of reasoning there were. */
  #reasoned = 0;
  #annotations: JsonObject[] | undefined;
  #audio: JsonObject | undefined;
  #calls: JsonObject[] | undefined;

  constructor(caller: Caller, losses: LossList) {
    this.#caller = caller;
    this.#losses = losses;
  }

  /** Whether the model declines in its own words. */
  get refuses(): boolean {
    return this.#refusal !== undefined;
  }

  add(block: Block, index: number): void {
    if (block.type === "text") this.#addText(block);
    else if (block.type === "refusal") this.#refusal = block.text;
    else if (block.type === "reasoning") this.#addThoughts(block, index);
    else if (block.type === "tool_call") (this.#calls ??= []).push(writeCall(block));
    else if (block.type === "audio") this.#audio = writeAudio(block);
    else this.#losses.dropped(pathOf("content", index), "Chat Completions does not know this block.");
  }

  /** @param explanation - why the vendor declined */
  whole(explanation: string | undefined): JsonObject {
    const refusal = this.#refusal ?? explanation ?? null;
    const isEmpty = this.#text === undefined && (this.#calls !== undefined || refusal !== null);
    const written: Record<string, unknown> = {
      role: "assistant",
      content: isEmpty ? null : (this.#text ?? ""),
      refusal,
    };
    if (this.#thoughts !== undefined) written["reasoning_content"] = this.#thoughts.join("\n\n");
    if (this.#signed !== undefined) written["thinking_blocks"] = this.#signed;
    if (this.#details !== undefined) written["reasoning_details"] = this.#details;
    if (this.#annotations !== undefined) written["annotations"] = this.#annotations;
    if (this.#audio !== undefined) written["audio"] = this.#audio;
    if (this.#calls !== undefined) written["tool_calls"] = this.#calls;
    return written;
  }

  #addText({ text, citations = none }: TextBlock): void {
    const before = this.#text ?? "";
    if (citations.length > 0)
      for (const annotation of writeAnnotations(citations, before.length, text.length, this.#losses))
        (this.#annotations ??= []).push(annotation);
    this.#text = before + text;
  }

  #addThoughts(block: ReasoningBlock, index: number): void {
    const { text, summary = [], opaque } = block;
    const { likeLiteLLM, reasoningDetails: wantsDetails } = this.#caller;
    const signed = likeLiteLLM === true ? thinkingBlock(block) : undefined;
    const details = wantsDetails === true ? reasoningDetails(block, this.#reasoned) : noDetails;
    this.#reasoned += 1;
    if (signed !== undefined) (this.#signed ??= []).push(signed);
    for (const detail of details) (this.#details ??= []).push(detail);
    if (opaque !== undefined && signed === undefined && details.length === 0)
      this.#losses.dropped(pathOf(pathOf("content", index), "signature"), "Chat Completions has no place for it.");
    const thoughts = text === undefined ? summary : [text];
    for (const thought of thoughts) (this.#thoughts ??= []).push(thought);
  }
}

const none: readonly Citation[] = [];
const noDetails: readonly JsonObject[] = [];

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
      const place = { start_index: offset + span.start, end_index: offset + span.end };
      return [{ type: "url_citation", url_citation: { ...place, url, title } }];
    }
    losses.dropped("citations", "Chat Completions cites addresses only.");
    return [];
  });
}
