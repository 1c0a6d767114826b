import { AnswerTool, asText } from "./answer-tool.js";
import type { HubAnswer } from "./hub/answer.js";
import type { Block, ToolCallBlock } from "./hub/blocks.js";
import type { HubEvent } from "./hub/events.js";
import type { ToolNames } from "./tool-names.js";

/** An answer in which calls mean the tools that the caller declared. @throws `invalid_response` if one cannot */
export function restoreAnswer(answer: HubAnswer, names: ToolNames): HubAnswer {
  const { answeredBy } = names;
  const { choices } = answer;
  // Most answers are texts.
  if (!choices.some(callsTools)) return answer;
  return {
    ...answer,
    choices: (answeredBy === undefined ? choices : choices.map((choice) => asText(choice, answeredBy))).map(
      (choice) => ({
        ...choice,
        blocks: names.restoreAll(choice.blocks),
      }),
    ),
  };
}

function callsTools({ blocks }: HubAnswer["choices"][number]): boolean {
  return blocks.some(isCall);
}

function isCall({ type }: Block): boolean {
  return type === "tool_call";
}

/** The same for a stream. The input of a custom tool that was written as a function waits until it is whole. */
export class CallRestorer {
  readonly #names: ToolNames;
  /** Wrapped calls that are open, by choice and index. */
  readonly #wrapped = new Set<string>();
  readonly #answer: AnswerTool | undefined;

  constructor(names: ToolNames) {
    this.#names = names;
    this.#answer = names.answeredBy === undefined ? undefined : new AnswerTool(names.answeredBy);
  }

  /** Whether an event stays as it is. Nearly every event of a stream does, and this allocates nothing for it. */
  leaves(event: HubEvent): boolean {
    if (this.#answer !== undefined) return false;
    if (event.type === "delta") return this.#wrapped.size === 0;
    return (event.type !== "block_start" && event.type !== "block_stop") || event.block.type !== "tool_call";
  }

  /** @throws `invalid_response` if the input of a custom tool is not in its call */
  restore(event: HubEvent): readonly HubEvent[] {
    if (this.#answer === undefined) return this.#restore(event);
    return this.#answer.restore(event).flatMap((answered) => this.#restore(answered));
  }

  #restore(event: HubEvent): readonly HubEvent[] {
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
