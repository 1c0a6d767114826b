import { createHash } from "node:crypto";
import type { IdGenerator } from "@opentelemetry/sdk-trace-node";
import { RandomIdGenerator } from "@opentelemetry/sdk-trace-node";

/** Random ids, unless the next trace is to have a certain one. */
export class TraceIds implements IdGenerator {
  readonly #random = new RandomIdGenerator();
  /** Of the next trace; used once. */
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

/** A name for a trace as OpenTelemetry takes it: 32 hex digits; of other names those that Langfuse's SDK makes of them. */
export function traceIdFor(name: string): string {
  if (/^[0-9a-f]{32}$/u.test(name)) return name;
  return createHash("sha256").update(name).digest("hex").slice(0, 32);
}
