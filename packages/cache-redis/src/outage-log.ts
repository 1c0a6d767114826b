import type { Logger } from "@modelyard/core";
import { isReply, nameOf, RedisUnavailableError } from "./errors.js";

/** Logs once when Redis becomes unreachable, with the reason, and once when it is reachable again. */
export class OutageLog {
  readonly #logger: Logger;
  /** The address of Redis, without credentials. */
  readonly #address: string;
  /** Whether an outage or a recovery has been logged yet. */
  #hasLogged = false;
  /** The latest error that Redis or the connection reported. */
  #lastError: unknown = new RedisUnavailableError("no reply yet");
  /** The reasons logged during the current outage; empty when there is no outage. */
  readonly #reasons = new Set<string>();

  constructor(logger: Logger, address: string) {
    this.#logger = logger;
    this.#address = address;
  }

  /**
   * Remembers the latest error. During an outage, a reply that rejects our commands (after a password change, for
   * example) shows that Redis is up again but unusable; that is logged once per reason.
   */
  noteError(error: unknown): void {
    this.#lastError = error;
    const name = nameOf(error);
    if (this.#reasons.size === 0 || this.#reasons.has(name) || !isReply(error)) return;
    this.#reasons.add(name);
    this.#logger.warn({ address: this.#address, error: name }, "Redis answers, but rejects our commands");
  }

  /** @param master - the master that recovered, in a Cluster; otherwise empty */
  recovered(master: string): void {
    this.#hasLogged = true;
    this.#reasons.clear();
    this.#logger.info(this.#logFields(master), "Redis is reachable");
  }

  /** @param master - the unreachable master, in a Cluster; otherwise empty */
  began(cause: unknown, master = ""): void {
    const error = nameOf(cause);
    this.#hasLogged = true;
    this.#reasons.add(error);
    this.#logger.warn({ ...this.#logFields(master), error }, "Redis is unreachable");
  }

  /** Logs an outage if nothing has been logged before, that is, if Redis has never been reachable. */
  logFirstOutage(cause: unknown = this.#lastError): void {
    if (!this.#hasLogged) this.began(cause);
  }

  #logFields(master: string): { readonly address: string; readonly master?: string } {
    return { address: this.#address, ...(master === "" ? {} : { master }) };
  }
}
