import type { ExportResult } from "@opentelemetry/core";
import type { ReadableSpan, SpanExporter } from "@opentelemetry/sdk-trace-node";

/**
 * Stands before an exporter and counts what is on its way, so that memory stays bounded while the receiver is slow or
 * away, and tells of what was lost, which OpenTelemetry keeps to itself.
 */
export class Outbox implements SpanExporter {
  readonly #exporter: SpanExporter;
  readonly #most: number;
  #waiting = 0;
  /** Told of losses. */
  report: (cause: unknown) => void = () => undefined;

  /** @param most - spans that may wait */
  constructor(exporter: SpanExporter, most: number) {
    this.#exporter = exporter;
    this.#most = most;
  }

  /** Room for so many spans, or none and a report. */
  take(spans: number): boolean {
    if (this.#waiting + spans > this.#most) {
      this.report(new Error(`${String(this.#most)} spans are waiting to be sent; further ones are dropped.`));
      return false;
    }
    this.#waiting += spans;
    return true;
  }

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    this.#exporter.export(spans, (result) => {
      this.#waiting -= spans.length;
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
