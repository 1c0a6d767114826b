import { createHash } from "node:crypto";
import type { IdGenerator } from "@opentelemetry/sdk-trace-node";
import { RandomIdGenerator } from "@opentelemetry/sdk-trace-node";

/** Generates random ids, except that the id of the next trace can be chosen. */
export class TraceIds implements IdGenerator {
  readonly #random = new RandomIdGenerator();
  /** The id of the next trace, which is used once. If `undefined`, the id is random. */
  next: string | undefined;

  generateTraceId(): string {
    const { next } = this;
    this.next = undefined;
    return next ?? this.#random.generateTraceId();
  }

  generateSpanId(): string {
    return this.#random.generateSpanId();
  }
}

/** Converts a name to a trace id of 32 hex digits. A name that is not one is hashed, as Langfuse's SDK does. */
export function traceIdFor(name: string): string {
  if (/^[0-9a-f]{32}$/u.test(name)) return name;
  return createHash("sha256").update(name).digest("hex").slice(0, 32);
}
