import type { Cache, ProviderCall } from "@modelyard/core";
import { sha256Hex } from "@modelyard/core/kit";
import { BoundedMemory } from "./bounded-memory.js";

/** How long something is remembered after its last use, in milliseconds, unless the call says otherwise. */
const rememberedMs = 60 * 60 * 1000;
/** What is longer is not remembered, in characters. */
const longestRemembered = 1024 * 1024;
/** How long the shared store is not asked again for what it did not have, in milliseconds. */
const absentMs = 60 * 1000;
/** Limit for the names that are known to be absent, in characters. */
const mostAbsent = 1024 * 1024;
/** How many values one request looks up in the shared store. */
const mostLookedUp = 64;
/** How much of what the shared store answers to one request is read, in characters. */
const mostRead = 4 * longestRemembered;
/** How much a process writes to the shared store within an hour, in characters. */
const mostWritten = 256 * 1024 * 1024;
/** The part of a shared entry's time after which a use writes it again. */
const renewalShare = 0.5;

/** The parts of a call that decide what it may remember and find. */
export type RememberingCall = Pick<ProviderCall, "caller" | "keepMs" | "memory" | "now">;

interface Kept<Value> {
  readonly value: Value;
  /** How long it is remembered after its last use, in milliseconds. */
  readonly keepMs: number;
  /** When the shared store is written again. */
  renewAt: number;
}

interface ConversationMemoryOptions<Value> {
  /** Distinguishes the entries of different memories in a shared store. */
  readonly kind: string;
  /** The most that is remembered in the process, in characters. */
  readonly most: number;
  /** Checks a value that the shared store returned. `undefined`: it has another shape, so it counts as missing. */
  readonly read: (value: unknown) => Value | undefined;
}

/**
 * What earlier calls of a conversation left for later ones: in the process, and in the store that processes share, if there
 * is one. Each caller only finds its own. The shared store is only asked for what this process does not know.
 */
export class ConversationMemory<Value> {
  readonly #options: ConversationMemoryOptions<Value>;
  readonly #own: BoundedMemory<Kept<Value>>;
  readonly #absent = new BoundedMemory<true>(mostAbsent);
  #written = 0;
  #writtenUntil = Number.NEGATIVE_INFINITY;

  constructor(options: ConversationMemoryOptions<Value>) {
    this.#options = options;
    this.#own = new BoundedMemory(options.most);
  }

  /** @param size - in characters */
  remember(call: RememberingCall, name: string, value: Value, size: number): void {
    const { keepMs = rememberedMs } = call;
    if (size > longestRemembered || keepMs <= 0) return;
    const now = call.now();
    const kept = { value, keepMs, renewAt: now + keepMs * renewalShare };
    const key = keyOf(call, name);
    this.#own.set(key, kept, { size, now, ttlMs: keepMs });
    this.#share(call, key, kept);
  }

  /** Notes that there is nothing under a name, so that the shared store is not asked for it. */
  forget(call: RememberingCall, name: string): void {
    if (call.memory !== undefined) this.#markAbsent(keyOf(call, name), call.now());
  }

  /** What this process remembers. */
  find(call: RememberingCall, name: string): Value | undefined {
    if (this.#own.isEmpty) return undefined;
    const now = call.now();
    const key = keyOf(call, name);
    const kept = this.#own.get(key, now);
    if (kept !== undefined && kept.renewAt <= now) {
      kept.renewAt = now + kept.keepMs * renewalShare;
      this.#share(call, key, kept);
    }
    return kept?.value;
  }

  /**
   * Gets what other processes remember, so that {@link ConversationMemory.find} finds it. Never rejects.
   * @returns `undefined` if nothing has to be looked up
   */
  load(call: RememberingCall, names: readonly string[]): Promise<void> | undefined {
    const { memory } = call;
    if (memory === undefined || names.length === 0) return undefined;
    const now = call.now();
    const keys = names
      .map((name) => keyOf(call, name))
      .filter((key) => !this.#own.has(key, now) && !this.#absent.has(key, now))
      .slice(-mostLookedUp);
    return keys.length === 0 ? undefined : this.#load(call, memory, keys);
  }

  async #load(call: RememberingCall, memory: Cache, keys: readonly string[]): Promise<void> {
    const texts = await Promise.all(keys.map((key) => readOne(memory, this.#sharedKey(key))));
    const now = call.now();
    // What a call may not keep is found by this call nevertheless.
    const keepMs = Math.max(call.keepMs ?? rememberedMs, absentMs);
    let left = mostRead;
    for (const [index, key] of keys.entries()) {
      const text = texts[index];
      // The store failed, so it may well have the value.
      if (text === undefined) continue;
      left -= text?.length ?? 0;
      const value = text === null || left < 0 ? undefined : this.#parse(text);
      if (text === null || value === undefined) this.#markAbsent(key, now);
      else {
        const renewAt = call.keepMs === 0 ? Number.POSITIVE_INFINITY : now + keepMs * renewalShare;
        this.#own.set(key, { value, keepMs, renewAt }, { size: text.length, now, ttlMs: keepMs });
      }
    }
  }

  #parse(text: string): Value | undefined {
    // The JSON of a value that was small enough may be somewhat longer.
    if (text.length > 2 * longestRemembered) return undefined;
    try {
      return this.#options.read(JSON.parse(text));
    } catch {
      return undefined;
    }
  }

  /** No call waits for the store. */
  #share({ memory, now }: RememberingCall, key: string, { value, keepMs }: Kept<Value>): void {
    if (memory === undefined) return;
    const text = JSON.stringify(value);
    if (now() >= this.#writtenUntil) {
      this.#written = 0;
      this.#writtenUntil = now() + rememberedMs;
    }
    this.#written += text.length;
    if (this.#written > mostWritten) return;
    Promise.resolve()
      .then(() => memory.set(this.#sharedKey(key), text, keepMs))
      .catch(() => {
        // Another process will not find it, which the store's own log explains.
      });
  }

  #markAbsent(key: string, now: number): void {
    this.#absent.set(key, true, { size: key.length, now, ttlMs: absentMs });
  }

  /** Reveals neither the caller nor the account. */
  #sharedKey(key: string): string {
    return `conversation:${this.#options.kind}:${sha256Hex(key)}`;
  }
}

function keyOf({ caller }: RememberingCall, name: string): string {
  return JSON.stringify([caller, name]);
}

/** @returns `null` if the store has nothing; `undefined` if it failed */
async function readOne(memory: Cache, key: string): Promise<string | null | undefined> {
  try {
    const text: unknown = await memory.get(key);
    return typeof text === "string" ? text : null;
  } catch {
    return undefined;
  }
}
