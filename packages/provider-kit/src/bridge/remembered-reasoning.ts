import { isJsonObject, type MaybePromise } from "@modelyard/core/kit";
import type { Block, HubRequest, ReasoningBlock, Turn } from "@modelyard/wires";
import { ConversationMemory, type RememberingCall } from "./conversation-memory.js";

/** The most that is remembered in a process, in characters. */
const mostRemembered = 32 * 1024 * 1024;
/** Shorter ids of calls may be counters, which other conversations have, too. OpenAI's have 29 characters. */
const shortestId = 20;

/** The reasoning of one answer. */
interface Thoughts {
  readonly blocks: readonly ReasoningBlock[];
  /** The calls that it led to. */
  readonly calls: readonly string[];
}

/** A call, and whose reasoning it may read. */
export interface ReasoningCall extends RememberingCall {
  /** Only this account at the vendor gets its reasoning again. */
  readonly account: string;
}

/**
 * Encrypted reasoning for callers whose wire has no place for it. It is remembered by the first call of a tool that it led to,
 * and put back before the calls in the next turn. Without it, the vendor answers as well, but the model thinks again.
 */
export class RememberedReasoning {
  readonly #memory = new ConversationMemory<Thoughts>({ kind: "reasoning", most: mostRemembered, read: readThoughts });

  /** @param blocks - of an answer */
  remember(call: ReasoningCall, blocks: readonly Block[]): void {
    const calls = callsIn(blocks);
    const [first] = calls;
    if (first === undefined) return;
    const from = blocks.findIndex(({ type }) => type !== "reasoning");
    const thoughts = blocks.slice(0, from).filter((block) => block.type === "reasoning" && block.opaque !== undefined);
    // Where reasoning stood between other blocks is not known later.
    if (thoughts.length === 0 || blocks.slice(from).some(({ type }) => type === "reasoning")) {
      this.#memory.forget(call, nameOf(call, first));
      return;
    }
    const kept = thoughts as readonly ReasoningBlock[];
    const size = kept.reduce((sum, block) => sum + sizeOf(block), 0);
    this.#memory.remember(call, nameOf(call, first), { blocks: kept, calls }, size);
  }

  /** A request with the reasoning of this account before the calls that it led to. It only waits for a shared store. */
  restore(call: ReasoningCall, request: HubRequest): MaybePromise<HubRequest> {
    const names = call.memory === undefined ? [] : request.turns.flatMap((turn) => nameFor(call, turn) ?? []);
    const loading = this.#memory.load(call, names);
    return loading === undefined ? this.#restore(call, request) : loading.then(() => this.#restore(call, request));
  }

  #restore(call: ReasoningCall, request: HubRequest): HubRequest {
    const turns = request.turns.map((turn) => {
      const name = nameFor(call, turn);
      const thoughts = name === undefined ? undefined : this.#memory.find(call, name);
      // All calls must come from the same answer.
      if (thoughts === undefined || callsIn(turn.blocks).some((id) => !thoughts.calls.includes(id))) return turn;
      return { ...turn, blocks: [...thoughts.blocks, ...turn.blocks.filter(({ type }) => type !== "reasoning")] };
    });
    return { ...request, turns };
  }
}

/** Shared by all providers, so that the bound is one of the process. */
export const rememberedReasoning = /* @__PURE__ */ new RememberedReasoning();

function nameOf({ account }: ReasoningCall, id: string): string {
  return `${account}\n${id}`;
}

/** Under what the reasoning of a turn is remembered. `undefined`: it has none, or brings its own. */
function nameFor(call: ReasoningCall, { role, blocks }: Turn): string | undefined {
  if (role !== "assistant" || blocks.some((block) => block.type === "reasoning" && block.opaque !== undefined))
    return undefined;
  const [first] = callsIn(blocks);
  return first === undefined ? undefined : nameOf(call, first);
}

/** The ids of the calls in a turn. None if one of them could be that of another conversation. */
function callsIn(blocks: readonly Block[]): readonly string[] {
  const ids = blocks.flatMap((block) => (block.type === "tool_call" ? [block.id] : []));
  return ids.every(({ length }) => length >= shortestId) ? ids : [];
}

function sizeOf({ text = "", summary = [], opaque }: ReasoningBlock): number {
  return text.length + summary.join("").length + (opaque?.data.length ?? 0);
}

/** Checks what a shared store returned. */
function readThoughts(value: unknown): Thoughts | undefined {
  if (!isJsonObject(value)) return undefined;
  const { blocks, calls } = value;
  return areTexts(calls) && Array.isArray(blocks) && blocks.length > 0 && blocks.every(isReasoning)
    ? { blocks, calls }
    : undefined;
}

function isReasoning(block: unknown): block is ReasoningBlock {
  if (!isJsonObject(block) || block["type"] !== "reasoning") return false;
  const { text, summary, opaque, redacted, item } = block;
  if (!isJsonObject(opaque) || typeof opaque["data"] !== "string" || !isJsonObject(opaque["madeBy"])) return false;
  return (
    Object.values(opaque["madeBy"]).every((fact) => typeof fact === "string") &&
    (text === undefined || typeof text === "string") &&
    (summary === undefined || areTexts(summary)) &&
    (redacted === undefined || redacted === true) &&
    (item === undefined || isItem(item))
  );
}

function isItem(item: unknown): boolean {
  return isJsonObject(item) && (item["id"] === undefined || typeof item["id"] === "string");
}

function areTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === "string");
}
