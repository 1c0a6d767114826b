/** How a deployment caches the beginnings of prompts. */
export interface PromptCacheModel {
  /** How long something stays in the cache after its last use, in milliseconds. */
  readonly idleMs: number;
  /** Shorter beginnings are not cached. @defaultValue 0 */
  readonly leastTokens?: number;
  /** Hits are counted in whole steps of this many tokens. @defaultValue 1 */
  readonly stepTokens?: number;
  /** The cache's size in tokens. What was not used for the longest time makes room. @defaultValue `Infinity` */
  readonly capacityTokens?: number;
}

/** The vendors' caches, as documented. */
export const promptCaches = {
  /** Automatic from 1,024 tokens, in steps of 128; kept for 5 to 10 minutes without use (OpenAI, "Prompt caching"). */
  openai: { idleMs: 300_000, leastTokens: 1_024, stepTokens: 128 },
  /** Kept for 5 minutes after the last use, from 1,024 tokens (Anthropic, "Prompt caching"). */
  anthropic: { idleMs: 300_000, leastTokens: 1_024 },
  /** vLLM's automatic prefix caching: blocks of 16 tokens, until others need the room. */
  vllm: { idleMs: Number.POSITIVE_INFINITY, stepTokens: 16, capacityTokens: 500_000 },
} as const satisfies Readonly<Record<string, PromptCacheModel>>;

/**
 * A piece of the beginning of a prompt. Its `id` stands for its content and for everything before it: prompts that have
 * a piece in common have all earlier pieces in common too.
 */
export interface PrefixBlock {
  readonly id: number | string;
  readonly tokens: number;
}

/** The prompt cache of one deployment. Times are microseconds. */
export class PromptCache {
  readonly #idle: number;
  readonly #least: number;
  readonly #step: number;
  readonly #capacity: number;
  /** By block, in the order of their last use. */
  readonly #blocks = new Map<number | string, { readonly tokens: number; until: number }>();
  #tokens = 0;

  constructor(model: PromptCacheModel) {
    this.#idle = model.idleMs * 1_000;
    this.#least = model.leastTokens ?? 0;
    this.#step = model.stepTokens ?? 1;
    this.#capacity = model.capacityTokens ?? Number.POSITIVE_INFINITY;
  }

  /** The tokens at the beginning of a prompt that are in the cache. */
  lookUp(prefix: readonly PrefixBlock[], now: number): number {
    let tokens = 0;
    for (const { id, tokens: size } of prefix) {
      const block = this.#blocks.get(id);
      if (block === undefined || block.until < now) break;
      tokens += size;
    }
    return tokens < this.#least ? 0 : tokens - (tokens % this.#step);
  }

  /** Stores the beginning of a prompt, or keeps it for longer. */
  store(prefix: readonly PrefixBlock[], now: number): void {
    // From the end to the beginning, so that the end of a prompt makes room before its beginning.
    for (let index = prefix.length - 1; index >= 0; index -= 1) {
      const { id, tokens } = prefix[index] as PrefixBlock;
      const block = this.#blocks.get(id);
      if (block === undefined) this.#tokens += tokens;
      else this.#blocks.delete(id);
      this.#blocks.set(id, { tokens, until: now + this.#idle });
    }
    for (const [id, { tokens, until }] of this.#blocks) {
      if (this.#tokens <= this.#capacity && until >= now) break;
      this.#blocks.delete(id);
      this.#tokens -= tokens;
    }
  }
}
