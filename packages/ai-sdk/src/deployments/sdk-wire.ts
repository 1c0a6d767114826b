import type { LanguageModelV4GenerateResult, LanguageModelV4StreamPart } from "@ai-sdk/provider";
import type { JsonObject } from "@modelyard/core";
import type { Block, HubAnswer, HubDelta, HubEvent, StreamReader, Wire, WireEvent } from "@modelyard/wires";
import { given } from "../given.js";
import { opaqueIn, readBlocks, readContent, readStop, readUsage } from "./read-content.js";

let count = 0;

/** An id for answers of models that give none. @param now - milliseconds since the Unix epoch */
function newId(now: number): string {
  count += 1;
  return `sdk${Math.floor(now).toString(36)}${count.toString(36)}`;
}

function readAnswer(body: JsonObject, now: number): HubAnswer {
  const { content, finishReason, usage, response } = body as unknown as LanguageModelV4GenerateResult;
  const { id = newId(now), modelId: model = "", timestamp } = response ?? {};
  return {
    id,
    model,
    choices: [{ index: 0, blocks: readBlocks(content), stop: readStop(finishReason) }],
    extra: {},
    ...given({ usage: readUsage(usage), createdAt: timestamp === undefined ? undefined : secondsOf(timestamp) }),
  };
}

function secondsOf(date: Date): number {
  return Math.floor(date.getTime() / 1_000);
}

/** The specification of the AI SDK as a wire, as far as answers are read. @param now - of the call */
export function sdkWire(now: number): Pick<Wire<never>, "readAnswer" | "streamReader"> {
  return { readAnswer: (body) => readAnswer(body, now), streamReader: () => new SdkStreamReader(now) };
}

interface Open {
  readonly index: number;
  block: Block;
}

type Part<Type extends LanguageModelV4StreamPart["type"]> = Extract<LanguageModelV4StreamPart, { readonly type: Type }>;

/** Reads the parts of a stream of the AI SDK. */
class SdkStreamReader implements StreamReader {
  readonly #open = new Map<string, Open>();
  /** Calls whose whole input has come. */
  readonly #called = new Set<string>();
  readonly #now: number;
  #next = 0;
  #started = false;
  #over = false;

  constructor(now: number) {
    this.#now = now;
  }

  read(event: WireEvent): readonly HubEvent[] {
    if (this.#over) return [];
    const part = event as unknown as LanguageModelV4StreamPart;
    const events = this.#read(part);
    if (events.length === 0 || this.#started || events[0]?.type === "start") return events;
    this.#started = true;
    return [{ type: "start", id: newId(this.#now), model: "" }, ...events];
  }

  again(): HubEvent {
    return { type: "alive" };
  }

  end(): readonly HubEvent[] {
    if (this.#over) return [];
    this.#over = true;
    const message = "The stream ended before the answer was complete.";
    return [{ type: "error", error: { kind: "stream_interrupted", message } }];
  }

  #read(part: LanguageModelV4StreamPart): readonly HubEvent[] {
    switch (part.type) {
      case "response-metadata":
        return this.#start(part);
      case "text-start":
        return this.#begin(`text ${part.id}`, { type: "text", text: "" });
      case "text-delta":
        return this.#grow(`text ${part.id}`, { type: "text", text: "" }, { kind: "text", text: part.delta });
      case "text-end":
        return this.#finish(`text ${part.id}`);
      case "reasoning-start":
        return this.#begin(`reasoning ${part.id}`, { type: "reasoning" });
      case "reasoning-delta":
        return this.#think(part);
      case "reasoning-end":
        return this.#finish(`reasoning ${part.id}`, opaqueIn(part.providerMetadata));
      case "tool-input-start":
        return part.providerExecuted === true ? [] : this.#begin(`call ${part.id}`, callOf(part.id, part.toolName, ""));
      case "tool-input-delta":
        return this.#input(part);
      case "tool-call":
        return part.providerExecuted === true ? [] : this.#call(part);
      case "file":
        return this.#whole(readContent(part));
      case "ping":
        return [{ type: "alive" }];
      case "finish":
        return this.#end(part);
      default:
        return [];
    }
  }

  #start({ id = newId(this.#now), modelId: model = "", timestamp }: Part<"response-metadata">): readonly HubEvent[] {
    if (this.#started) return [];
    this.#started = true;
    const createdAt = timestamp === undefined ? undefined : secondsOf(timestamp);
    return [{ type: "start", id, model, ...given({ createdAt }) }];
  }

  #begin(key: string, block: Block): readonly HubEvent[] {
    const index = this.#next;
    this.#next += 1;
    this.#open.set(key, { index, block });
    return [{ type: "block_start", choice: 0, index, block }];
  }

  #grow(key: string, empty: Block, delta: HubDelta): readonly HubEvent[] {
    const begun = this.#open.has(key) ? [] : this.#begin(key, empty);
    const open = this.#open.get(key) as Open;
    open.block = grown(open.block, delta);
    return [...begun, { type: "delta", choice: 0, index: open.index, delta }];
  }

  /** Some vendors send a signature with a piece of text that is empty. */
  #think({ id, delta, providerMetadata }: Part<"reasoning-delta">): readonly HubEvent[] {
    const key = `reasoning ${id}`;
    const said = delta === "" ? [] : this.#grow(key, { type: "reasoning" }, { kind: "reasoning", text: delta });
    const found = opaqueIn(providerMetadata);
    const open = this.#open.get(key);
    if (open !== undefined && found.opaque !== undefined) open.block = { ...open.block, ...found };
    return said;
  }

  #input({ id, delta }: Part<"tool-input-delta">): readonly HubEvent[] {
    const open = this.#open.get(`call ${id}`);
    if (open === undefined) return [];
    const grow: HubDelta = { kind: "input", text: delta };
    open.block = grown(open.block, grow);
    return [{ type: "delta", choice: 0, index: open.index, delta: grow }];
  }

  /** The whole call. Its input may not have come in pieces, or not all of it. */
  #call({ toolCallId, toolName, input }: Part<"tool-call">): readonly HubEvent[] {
    if (this.#called.has(toolCallId)) return [];
    this.#called.add(toolCallId);
    const key = `call ${toolCallId}`;
    const begun = this.#open.has(key) ? [] : this.#begin(key, callOf(toolCallId, toolName, ""));
    const { index, block } = this.#open.get(key) as Open;
    const sent = block.type === "tool_call" ? block.input.text : "";
    const rest = input.startsWith(sent) ? input.slice(sent.length) : "";
    const delta: readonly HubEvent[] =
      rest === "" ? [] : [{ type: "delta", choice: 0, index, delta: { kind: "input", text: rest } }];
    this.#open.delete(key);
    return [
      ...begun,
      ...delta,
      { type: "block_stop", choice: 0, index, block: callOf(toolCallId, toolName, sent + rest) },
    ];
  }

  #whole(blocks: readonly Block[]): readonly HubEvent[] {
    return blocks.flatMap((block) => {
      const index = this.#next;
      this.#next += 1;
      return [
        { type: "block_start", choice: 0, index, block },
        { type: "block_stop", choice: 0, index, block },
      ] as const;
    });
  }

  #finish(key: string, more: object = {}): readonly HubEvent[] {
    const open = this.#open.get(key);
    if (open === undefined) return [];
    this.#open.delete(key);
    return [{ type: "block_stop", choice: 0, index: open.index, block: { ...open.block, ...more } }];
  }

  #end({ finishReason, usage }: Part<"finish">): readonly HubEvent[] {
    const unended = [...this.#open.keys()].flatMap((key) => this.#finish(key));
    this.#over = true;
    const counted = readUsage(usage);
    return [
      ...unended,
      { type: "stop", choice: 0, stop: readStop(finishReason) },
      ...(counted === undefined ? [] : [{ type: "usage" as const, usage: counted }]),
      { type: "end" },
    ];
  }
}

function callOf(id: string, name: string, text: string): Block {
  return { type: "tool_call", id, name, input: { kind: "json", text } };
}

function grown(block: Block, delta: HubDelta): Block {
  if (block.type === "tool_call" && delta.kind === "input")
    return { ...block, input: { kind: "json", text: block.input.text + delta.text } };
  if (block.type === "text" && delta.kind === "text") return { ...block, text: block.text + delta.text };
  if (block.type === "reasoning" && delta.kind === "reasoning")
    return { ...block, text: (block.text ?? "") + delta.text };
  return block;
}
