import { boundedCount, boundedTtl, boundedWait } from "@modelyard/core/kit";
import type { SessionPlace, SessionTable } from "./session-table.js";

/** Limit for the characters that are sent to other processes at a time. The oldest places are dropped first. */
const mostCharacters = 30_000;
/** Limit for the places that are taken from one message. */
const mostReceived = 1_000;
/** Numbers, quotes and commas of one place. */
const fixedCharacters = 50;
const idForm = /^[\da-f]{24}$/u;
const longestDeploymentId = 200;

/** A place as it is sent. Its age is sent, since clocks of processes differ. */
type SentPlace = readonly [id: string, deploymentId: string, tokens: number, ageMs: number, lifetimeMs: number];

/**
 * The places of sessions that other processes cannot find out by themselves, because a session is not where the hash of its key
 * says. They are sent with the messages that processes exchange each second. A message that is lost costs a cache miss.
 */
export class SharedPlaces {
  readonly #table: SessionTable;
  readonly #unsent = new Map<string, SessionPlace>();
  #characters = 0;
  /** Whether there is anyone to send to. */
  #isAsked = false;

  constructor(table: SessionTable) {
    this.#table = table;
  }

  add(id: string, place: SessionPlace): void {
    if (!this.#isAsked) return;
    this.#drop(id);
    this.#unsent.set(id, place);
    this.#characters += sizeOf(id, place);
    while (this.#characters > mostCharacters) this.#drop(this.#unsent.keys().next().value as string);
  }

  #drop(id: string): void {
    const place = this.#unsent.get(id);
    if (place === undefined) return;
    this.#unsent.delete(id);
    this.#characters -= sizeOf(id, place);
  }

  /** What has not been sent yet. `undefined`: nothing. */
  take(now: number): readonly SentPlace[] | undefined {
    this.#isAsked = true;
    if (this.#unsent.size === 0) return undefined;
    const sent = [...this.#unsent].map(([id, { deploymentId, tokens, usedAt, lifetimeMs }]): SentPlace => [
      id,
      deploymentId,
      Math.round(tokens),
      Math.max(0, Math.round(now - usedAt)),
      lifetimeMs,
    ]);
    this.#unsent.clear();
    this.#characters = 0;
    return sent;
  }

  /** Remembers what another process sent, as far as it is valid. */
  receive(data: unknown, now: number): void {
    if (!Array.isArray(data)) return;
    for (const entry of (data as readonly unknown[]).slice(0, mostReceived)) {
      if (!Array.isArray(entry)) continue;
      const [id, deploymentId, tokens, ageMs, lifetimeMs] = entry as readonly unknown[];
      const count = boundedCount(tokens);
      const age = boundedWait(ageMs);
      const lifetime = boundedTtl(lifetimeMs);
      if (typeof id !== "string" || !idForm.test(id) || typeof deploymentId !== "string") continue;
      if (deploymentId.length > longestDeploymentId) continue;
      if (count === undefined || age === undefined || lifetime === undefined) continue;
      this.#table.remember(id, { deploymentId, tokens: count, usedAt: now - age, lifetimeMs: lifetime });
    }
  }
}

function sizeOf(id: string, { deploymentId }: SessionPlace): number {
  return id.length + deploymentId.length + fixedCharacters;
}
