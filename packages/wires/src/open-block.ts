import type { Block, Citation, ReasoningBlock, TextBlock, ToolCallBlock } from "./hub/blocks.js";
import type { HubDelta, HubEvent } from "./hub/events.js";

/** What each type of block grows by. Others come whole. */
const growth: Readonly<Partial<Record<Block["type"], readonly HubDelta["kind"][]>>> = {
  text: ["text", "citation"],
  refusal: ["refusal"],
  reasoning: ["reasoning", "summary", "opaque"],
  tool_call: ["input"],
  audio: ["audio"],
};

/** A block of a stream that is being read: what it says grows with its deltas. */
export class OpenBlock {
  readonly choice: number;
  readonly index: number;
  /** The block without its text or input. */
  head: Block;
  readonly #citations: Citation[] = [];
  readonly #summary: string[] = [];
  #summaryParts: Map<number, number> | undefined;
  readonly #logprobs: unknown[] = [];
  #text = "";
  #opaque: ReasoningBlock["opaque"];

  constructor(choice: number, index: number, head: Block) {
    this.choice = choice;
    this.index = index;
    this.head = head;
  }

  get type(): Block["type"] {
    return this.head.type;
  }

  /** Text, or the arguments of a call, up to now. */
  get text(): string {
    return this.#text;
  }

  /** Number of citations up to now. */
  get citations(): number {
    return this.#citations.length;
  }

  /** Called with the head of the whole block, which may say more than it did when the block began. */
  settle(head: Block): void {
    this.head = head;
  }

  get start(): HubEvent {
    return { type: "block_start", choice: this.choice, index: this.index, block: this.head };
  }

  /** Whether a delta is of the kind that this block grows by. */
  takes({ kind }: HubDelta): boolean {
    return growth[this.head.type]?.includes(kind) === true;
  }

  /** The summary's part of a number, which may be any, as the next one without a gap. */
  summaryPart(number: number): number {
    const parts = (this.#summaryParts ??= new Map<number, number>());
    const known = parts.get(number) ?? parts.size;
    parts.set(number, known);
    return known;
  }

  add(delta: HubDelta): HubEvent {
    if (delta.kind === "citation") this.#citations.push(delta.citation);
    else if (delta.kind === "opaque") this.#opaque = delta.opaque;
    else if (delta.kind === "summary") this.#summary[delta.part] = (this.#summary[delta.part] ?? "") + delta.text;
    else if (delta.kind !== "audio") this.#text += delta.text;
    if (delta.kind === "text" && Array.isArray(delta.logprobs))
      for (const entry of delta.logprobs as readonly unknown[]) this.#logprobs.push(entry);
    return { type: "delta", choice: this.choice, index: this.index, delta };
  }

  get stop(): HubEvent {
    return { type: "block_stop", choice: this.choice, index: this.index, block: this.whole };
  }

  get whole(): Block {
    const head = this.head;
    if (head.type === "text") return this.#wholeText(head);
    if (head.type === "refusal") return { ...head, text: head.text + this.#text };
    if (head.type === "tool_call") return wholeCall(head, this.#text);
    return head.type === "reasoning" ? this.#wholeThought(head) : head;
  }

  #wholeText(head: TextBlock): TextBlock {
    return {
      ...head,
      text: head.text + this.#text,
      ...(this.#citations.length === 0 ? {} : { citations: this.#citations }),
      ...(this.#logprobs.length === 0 ? {} : { logprobs: this.#logprobs }),
    };
  }

  #wholeThought(head: ReasoningBlock): ReasoningBlock {
    const text = (head.text ?? "") + this.#text;
    const opaque = this.#opaque ?? head.opaque;
    return {
      ...head,
      ...(text === "" ? {} : { text }),
      ...(this.#summary.length === 0 ? {} : { summary: this.#summary }),
      ...(opaque === undefined ? {} : { opaque }),
    };
  }
}

function wholeCall(head: ToolCallBlock, text: string): ToolCallBlock {
  return { ...head, input: { kind: head.input.kind, text: head.input.text + text } };
}
