import type { Block, HubRequest, ReasoningBlock, Turn } from "@modelyard/wires";

/** How long reasoning is remembered after it was last needed, in milliseconds. */
const rememberedMs = 60 * 60 * 1000;
/** The most that is remembered in a process, in characters. */
const mostRemembered = 32 * 1024 * 1024;
/** Reasoning that is longer is not remembered, in characters. */
const longestReasoning = 1024 * 1024;
/** Shorter ids of calls may be counters, which other conversations have, too. OpenAI's have 29 characters. */
const shortestId = 20;

interface Remembered {
  readonly blocks: readonly ReasoningBlock[];
  readonly size: number;
  until: number;
}

/**
 * Encrypted reasoning for callers whose wire has no place for it. It is remembered by the calls of tools that it led to,
 * and put back before them in the next turn. Without it, the vendor answers as well, but the model thinks again.
 */
export class RememberedReasoning {
  /** By account and call id. Those that were needed longest ago come first. */
  readonly #entries = new Map<string, Remembered>();
  #size = 0;

  /** @param account - only this account at the vendor gets it again @param blocks - of an answer */
  remember(account: string, blocks: readonly Block[], now: number): void {
    const from = blocks.findIndex(({ type }) => type !== "reasoning");
    const thoughts = blocks.slice(0, from).filter((block) => block.type === "reasoning" && block.opaque !== undefined);
    const calls = callsIn(blocks);
    // Where reasoning stood between other blocks is not known later.
    if (thoughts.length === 0 || calls.length === 0 || blocks.slice(from).some(({ type }) => type === "reasoning"))
      return;
    const kept = thoughts as readonly ReasoningBlock[];
    const size = kept.reduce((sum, block) => sum + sizeOf(block), 0);
    if (size > longestReasoning) return;
    const entry = { blocks: kept, size, until: now + rememberedMs };
    for (const id of calls) this.#set(keyOf(account, id), entry);
    this.#evict(now);
  }

  /** A request with the reasoning of this account before the calls that it led to. */
  restore(account: string, request: HubRequest, now: number): HubRequest {
    this.#evict(now);
    if (this.#entries.size === 0) return request;
    return { ...request, turns: request.turns.map((turn) => this.#restoreTurn(account, turn, now)) };
  }

  #restoreTurn(account: string, turn: Turn, now: number): Turn {
    if (turn.role !== "assistant") return turn;
    const keys = callsIn(turn.blocks).map((id) => keyOf(account, id));
    const [first] = keys;
    const entry = first === undefined ? undefined : this.#entries.get(first);
    // All calls must come from the same answer.
    if (entry === undefined || keys.some((key) => this.#entries.get(key) !== entry)) return turn;
    entry.until = now + rememberedMs;
    for (const key of keys) this.#set(key, entry);
    return { ...turn, blocks: [...entry.blocks, ...turn.blocks.filter(({ type }) => type !== "reasoning")] };
  }

  /** Adds an entry, or moves it to the end. */
  #set(key: string, entry: Remembered): void {
    this.#delete(key);
    this.#entries.set(key, entry);
    this.#size += entry.size;
  }

  #delete(key: string): void {
    this.#size -= this.#entries.get(key)?.size ?? 0;
    this.#entries.delete(key);
  }

  #evict(now: number): void {
    for (const [key, { until }] of this.#entries) {
      if (until > now && this.#size <= mostRemembered) return;
      this.#delete(key);
    }
  }
}

/** Shared by all providers, so that the bound is one of the process. */
export const rememberedReasoning = /* @__PURE__ */ new RememberedReasoning();

function keyOf(account: string, id: string): string {
  return `${account}\n${id}`;
}

/** The ids of the calls in a turn. None if one of them could be that of another conversation. */
function callsIn(blocks: readonly Block[]): readonly string[] {
  const ids = blocks.flatMap((block) => (block.type === "tool_call" ? [block.id] : []));
  return ids.every(({ length }) => length >= shortestId) ? ids : [];
}

function sizeOf({ text = "", summary = [], opaque }: ReasoningBlock): number {
  return text.length + summary.join("").length + (opaque?.data.length ?? 0);
}
