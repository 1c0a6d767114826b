import type { Logger } from "@modelyard/core";
import { isReply, nameOf, RedisUnavailableError } from "./errors.js";

/** Says in the log when Redis goes, when it comes back, and why, each once. */
export class Absence {
  readonly #logger: Logger;
  /** Where Redis is, without credentials. */
  readonly #address: string;
  /** Whether anything was said of it yet. */
  #told = false;
  /** Why it did not answer, as far as anybody said. */
  #problem: unknown = new RedisUnavailableError("no reply yet");
  /** What was logged of that since it is away; nothing: it is not known to be. */
  readonly #reasons = new Set<string>();

  constructor(logger: Logger, address: string) {
    this.#logger = logger;
    this.#address = address;
  }

  /** Keeps why it does not answer. One that is back and refuses us, e.g. for another password, is told of once. */
  note(error: unknown): void {
    this.#problem = error;
    const name = nameOf(error);
    if (this.#reasons.size === 0 || this.#reasons.has(name) || !isReply(error)) return;
    this.#reasons.add(name);
    this.#logger.warn({ address: this.#address, error: name }, "Redis is there, but refuses what is asked");
  }

  /** @param master - in a Cluster; else empty */
  ends(master: string): void {
    this.#told = true;
    this.#reasons.clear();
    this.#logger.info(this.#where(master), "Redis answers");
  }

  /** @param master - the one that is away, in a Cluster; else empty */
  begins(cause: unknown, master = ""): void {
    const error = nameOf(cause);
    this.#told = true;
    this.#reasons.add(error);
    this.#logger.warn({ ...this.#where(master), error }, "Redis is away");
  }

  #where(master: string): { readonly address: string; readonly master?: string } {
    return { address: this.#address, ...(master === "" ? {} : { master }) };
  }

  /** Who counted as away from the beginning would be away without a word. */
  tellFirst(cause: unknown = this.#problem): void {
    if (!this.#told) this.begins(cause);
  }
}
