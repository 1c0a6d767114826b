import type { Logger } from "@modelyard/core";
import { isReply, nameOf, RedisUnavailableError } from "./errors.js";

/** Logs once when Redis becomes unreachable, why, and when it is back. */
export class Absence {
  readonly #logger: Logger;
  /** Where Redis is, without credentials. */
  readonly #address: string;
  /** Whether anything has been logged yet. */
  #told = false;
  /** The last known reason why it did not answer. */
  #problem: unknown = new RedisUnavailableError("no reply yet");
  /** The reasons logged during this outage; empty while there is none. */
  readonly #reasons = new Set<string>();

  constructor(logger: Logger, address: string) {
    this.#logger = logger;
    this.#address = address;
  }

  /** Remembers why it does not answer. If it is back but rejects our commands, e.g. after a password change, that is logged once. */
  note(error: unknown): void {
    this.#problem = error;
    const name = nameOf(error);
    if (this.#reasons.size === 0 || this.#reasons.has(name) || !isReply(error)) return;
    this.#reasons.add(name);
    this.#logger.warn({ address: this.#address, error: name }, "Redis answers, but rejects our commands");
  }

  /** @param master - in a Cluster; else empty */
  ends(master: string): void {
    this.#told = true;
    this.#reasons.clear();
    this.#logger.info(this.#where(master), "Redis is reachable");
  }

  /** @param master - the unreachable master, in a Cluster; else empty */
  begins(cause: unknown, master = ""): void {
    const error = nameOf(cause);
    this.#told = true;
    this.#reasons.add(error);
    this.#logger.warn({ ...this.#where(master), error }, "Redis is unreachable");
  }

  #where(master: string): { readonly address: string; readonly master?: string } {
    return { address: this.#address, ...(master === "" ? {} : { master }) };
  }

  /** Logs the first outage too: if Redis was never reachable, nothing has been logged yet. */
  tellFirst(cause: unknown = this.#problem): void {
    if (!this.#told) this.begins(cause);
  }
}
