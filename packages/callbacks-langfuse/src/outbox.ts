import type { ExportResult } from "@opentelemetry/core";
import type { ReadableSpan, SpanExporter } from "@opentelemetry/sdk-trace-node";

/** Generations that may wait; what Langfuse's processor would hold. */
const mostSpans = 2_048;
/** Characters of generations that may wait. */
const mostText = 64 * 1024 * 1024;

/**
 * Stands before an exporter and counts what is on its way, so that memory stays bounded while Langfuse is slow or away,
 * and tells of what was lost, which OpenTelemetry keeps to itself.
 */
export class Outbox implements SpanExporter {
  readonly #exporter: SpanExporter;
  readonly #lengths = new Map<string, number>();
  #text = 0;
  /** Told of losses. */
  report: (cause: unknown) => void = () => undefined;

  constructor(exporter: SpanExporter) {
    this.#exporter = exporter;
  }

  /** Room for a generation with so much text, or none and a report. */
  admits(length: number): boolean {
    if (this.#lengths.size < mostSpans && this.#text + length <= mostText) return true;
    this.report(
      new Error(`${String(this.#lengths.size)} generations are waiting to be sent; further ones are dropped.`),
    );
    return false;
  }

  /** Counts a generation in, until it is exported. */
  take(spanId: string, length: number): void {
    this.#lengths.set(spanId, length);
    this.#text += length;
  }

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    this.#exporter.export(spans, (result) => {
      for (const span of spans) {
        const { spanId } = span.spanContext();
        this.#text -= this.#lengths.get(spanId) ?? 0;
        this.#lengths.delete(spanId);
      }
      if (result.error !== undefined) this.report(result.error);
      done(result);
    });
  }

  async forceFlush(): Promise<void> {
    await this.#exporter.forceFlush?.();
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown();
  }
}
