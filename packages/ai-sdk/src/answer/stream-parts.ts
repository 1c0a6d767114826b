import type { LanguageModelV4FinishReason, LanguageModelV4StreamPart } from "@ai-sdk/provider";
import type { Block, HubEvent, HubUsage } from "@modelyard/wires";
import { given } from "../given.js";
import { type ContentNames, reasoningMetadata, reasoningText, writeBlock, writeSource } from "./content.js";
import { writeFinish } from "./usage.js";

type BlockEvent = Extract<HubEvent, { readonly type: "block_start" | "block_stop" }>;
type Delta = Extract<HubEvent, { readonly type: "delta" }>;

/** What has been sent of a block. */
interface OpenBlock {
  readonly id: string;
  readonly type: Block["type"];
  /** The part of a summary that the last piece belonged to. */
  summaryPart: number;
  /** Whether a piece of text was sent. */
  spoke: boolean;
}

/** Turns the events of a stream into parts of the AI SDK's. Its end comes when the router has ended the call. */
export class StreamParts {
  readonly #names: ContentNames;
  readonly #open = new Map<number, OpenBlock>();
  usage: Partial<HubUsage> = {};
  finish: LanguageModelV4FinishReason = { unified: "stop", raw: undefined };

  constructor(names: ContentNames) {
    this.#names = names;
  }

  write(event: HubEvent): readonly LanguageModelV4StreamPart[] {
    switch (event.type) {
      case "start": {
        const { id, model: modelId, createdAt } = event;
        const timestamp = createdAt === undefined ? undefined : new Date(createdAt * 1_000);
        return [{ type: "response-metadata", id, modelId, ...given({ timestamp }) }];
      }
      case "block_start":
        return event.choice === 0 ? this.#begin(event) : [];
      case "delta":
        return event.choice === 0 ? this.#delta(event) : [];
      case "block_stop":
        return event.choice === 0 ? this.#end(event) : [];
      case "stop":
        if (event.choice === 0) this.finish = writeFinish(event.stop);
        return [];
      case "usage":
        this.usage = { ...this.usage, ...event.usage };
        return [];
      case "alive":
        return [{ type: "ping" }];
      default:
        return [];
    }
  }

  #begin({ index, block }: BlockEvent): readonly LanguageModelV4StreamPart[] {
    const { type } = block;
    const id = block.type === "tool_call" ? block.id : String(index);
    this.#open.set(index, { id, type, summaryPart: 0, spoke: false });
    switch (block.type) {
      case "text":
      case "refusal":
        return [{ type: "text-start", id }];
      case "reasoning":
        return [{ type: "reasoning-start", id }];
      case "tool_call":
        return [{ type: "tool-input-start", id, toolName: this.#names.tool(block.name) }];
      default:
        return [];
    }
  }

  #delta({ index, delta }: Delta): readonly LanguageModelV4StreamPart[] {
    const open = this.#open.get(index);
    if (open === undefined) return [];
    const { id } = open;
    switch (delta.kind) {
      case "text":
      case "refusal":
        return [{ type: "text-delta", id, delta: delta.text }];
      case "reasoning":
        open.spoke = true;
        return [{ type: "reasoning-delta", id, delta: delta.text }];
      case "summary": {
        const apart = open.spoke && delta.part !== open.summaryPart ? "\n\n" : "";
        open.summaryPart = delta.part;
        open.spoke = true;
        return [{ type: "reasoning-delta", id, delta: apart + delta.text }];
      }
      case "input":
        return [{ type: "tool-input-delta", id, delta: delta.text }];
      case "citation":
        return writeSource(delta.citation, this.#names);
      default:
        return [];
    }
  }

  #end({ index, block }: BlockEvent): readonly LanguageModelV4StreamPart[] {
    const open = this.#open.get(index);
    this.#open.delete(index);
    const id = open?.id ?? String(index);
    switch (block.type) {
      case "text":
      case "refusal":
        return [{ type: "text-end", id }];
      case "reasoning": {
        const text = reasoningText(block);
        const late = open?.spoke === true || text === "" ? [] : [{ type: "reasoning-delta" as const, id, delta: text }];
        return [...late, { type: "reasoning-end", id, ...reasoningMetadata(block) }];
      }
      case "tool_call":
        return [
          { type: "tool-input-end", id },
          ...writeBlock(block, this.#names),
        ] as readonly LanguageModelV4StreamPart[];
      default:
        return writeBlock(block, this.#names) as readonly LanguageModelV4StreamPart[];
    }
  }
}
