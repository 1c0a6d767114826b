import type { HubChoice, HubStop } from "./hub/answer.js";
import type { TextBlock, ToolCallBlock } from "./hub/blocks.js";
import type { HubEvent } from "./hub/events.js";

/** An answer that was given as the input of a tool, as text. Texts beside it are not part of it. */
export function asText(choice: HubChoice, tool: string): HubChoice {
  const call = choice.blocks.find((block) => block.type === "tool_call" && block.name === tool);
  if (call?.type !== "tool_call") return choice;
  const others = choice.blocks.filter(({ type }) => type !== "text" && type !== "tool_call");
  return { ...choice, blocks: [...others, textOf(call)], stop: stopAfter(choice.stop) };
}

function textOf({ input }: ToolCallBlock): TextBlock {
  return { type: "text", text: input.text || "{}" };
}

function stopAfter(stop: HubStop): HubStop {
  return stop.reason === "tool_calls" ? { reason: "end" } : stop;
}

/** The same for a stream. Texts wait, since they are the answer only if the tool is not called. */
export class AnswerTool {
  readonly #tool: string;
  /** Events of texts. */
  #held: HubEvent[] = [];
  /** The block with the answer. Not set: it has not begun. */
  #answer: number | undefined;
  /** Whether a piece of the answer was passed on. */
  #begun = false;

  constructor(tool: string) {
    this.#tool = tool;
  }

  restore(event: HubEvent): readonly HubEvent[] {
    if (event.type === "stop") return this.#stop(event);
    if (event.type !== "block_start" && event.type !== "delta" && event.type !== "block_stop") return [event];
    if (event.type === "block_start" && event.block.type === "tool_call" && event.block.name === this.#tool) {
      this.#answer = event.index;
      return [{ ...event, block: { type: "text", text: "" } }];
    }
    if (event.index === this.#answer) return this.#piece(event);
    const isText = event.type === "delta" ? holdsText(event.delta.kind) : event.block.type === "text";
    if (isText) this.#held.push(event);
    return isText ? [] : [event];
  }

  #piece(event: Extract<HubEvent, { readonly type: "block_start" | "block_stop" | "delta" }>): readonly HubEvent[] {
    const { choice, index } = event;
    if (event.type === "delta") {
      if (event.delta.kind !== "input") return [];
      this.#begun = true;
      return [{ ...event, delta: { kind: "text", text: event.delta.text } }];
    }
    if (event.block.type !== "tool_call") return [event];
    const block = textOf(event.block);
    const all = { type: "delta", choice, index, delta: { kind: "text", text: block.text } } as const;
    return this.#begun ? [{ ...event, block }] : [all, { ...event, block }];
  }

  #stop(event: Extract<HubEvent, { readonly type: "stop" }>): readonly HubEvent[] {
    const held = this.#held;
    this.#held = [];
    return this.#answer === undefined ? [...held, event] : [{ ...event, stop: stopAfter(event.stop) }];
  }
}

function holdsText(kind: string): boolean {
  return kind === "text" || kind === "citation";
}
