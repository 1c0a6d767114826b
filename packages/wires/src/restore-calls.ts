import type { HubAnswer } from "./hub/answer.js";
import type { ToolCallBlock } from "./hub/blocks.js";
import type { HubEvent } from "./hub/events.js";
import type { ToolNames } from "./tool-names.js";

/** An answer in which calls mean the tools that the caller declared. @throws `invalid_response` if one cannot */
export function restoreAnswer(answer: HubAnswer, names: ToolNames): HubAnswer {
  // Most answers are texts.
  if (!answer.choices.some(({ blocks }) => blocks.some(({ type }) => type === "tool_call"))) return answer;
  return {
    ...answer,
    choices: answer.choices.map((choice) => ({ ...choice, blocks: names.restoreAll(choice.blocks) })),
  };
}

/** The same for a stream. The input of a custom tool that was written as a function waits until it is whole. */
export class CallRestorer {
  readonly #names: ToolNames;
  /** Wrapped calls that are open, by choice and index. */
  readonly #wrapped = new Set<string>();

  constructor(names: ToolNames) {
    this.#names = names;
  }

  /** Whether an event stays as it is. Nearly every event of a stream does, and this allocates nothing for it. */
  leaves({ type }: HubEvent): boolean {
    return type === "delta" && this.#wrapped.size === 0;
  }

  /** @throws `invalid_response` if the input of a custom tool is not in its call */
  restore(event: HubEvent): readonly HubEvent[] {
    if (event.type === "block_start" && event.block.type === "tool_call") return this.#start(event, event.block);
    if (event.type === "delta" && this.#wrapped.has(keyOf(event))) return [];
    if (event.type !== "block_stop" || event.block.type !== "tool_call") return [event];
    const block = this.#names.restore(event.block);
    if (block.search === true && this.#wrapped.delete(keyOf(event)))
      return [
        { ...event, type: "block_start", block },
        { ...event, block },
      ];
    if (!this.#wrapped.delete(keyOf(event))) return [{ ...event, block }];
    const { choice, index } = event;
    return [
      { type: "delta", choice, index, delta: { kind: "input", text: block.input.text } },
      { ...event, block },
    ];
  }

  #start(event: Extract<HubEvent, { readonly type: "block_start" }>, call: ToolCallBlock): readonly HubEvent[] {
    const { name, namespace, kind } = this.#names.declared(call.name);
    if (kind === "tool_search") {
      this.#wrapped.add(keyOf(event));
      return [];
    }
    const wrapped = kind === "custom" && call.input.kind === "json";
    if (wrapped) this.#wrapped.add(keyOf(event));
    const input = wrapped ? ({ kind: "text", text: "" } as const) : call.input;
    return [{ ...event, block: { ...call, name, input, ...(namespace === undefined ? {} : { namespace }) } }];
  }
}

function keyOf({ choice, index }: { readonly choice: number; readonly index: number }): string {
  return `${String(choice)}.${String(index)}`;
}
