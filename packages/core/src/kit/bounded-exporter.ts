/** The outcome of one export. `error` is set if it failed. */
export interface ExportOutcome {
  readonly error?: Error;
}

/** Sends items in batches. OpenTelemetry's `SpanExporter` has this shape. */
export interface BatchExporter<Item, Outcome extends ExportOutcome> {
  export(items: Item[], done: (outcome: Outcome) => void): void;
  forceFlush?(): Promise<void>;
  shutdown(): Promise<void>;
}

export interface BoundedExporterOptions<Item> {
  /** A plural noun for the items in reports, for example `spans`. */
  readonly noun: string;
  /** Returns the unique id of an item, the same one that was passed to `add`. */
  readonly idOf: (item: Item) => string;
  /** The most items that may wait to be sent. A whole number above 0. */
  readonly maxItems: number;
  /** The most characters of all waiting items together. @defaultValue no limit */
  readonly maxCharacters?: number;
}

/**
 * Wraps an exporter, so that memory stays bounded while the receiver is slow or unreachable, and every loss is
 * reported. Call `hasRoom` before an item is created, and `add` before it is passed to the batching in front of the
 * exporter. The item counts until its export has ended.
 */
export class BoundedExporter<Item, Outcome extends ExportOutcome> implements BatchExporter<Item, Outcome> {
  readonly #exporter: BatchExporter<Item, Outcome>;
  readonly #options: BoundedExporterOptions<Item>;
  /** Characters of each waiting item, by id. */
  readonly #waiting = new Map<string, number>();
  #characters = 0;
  /** Called with the reason for each loss: a full queue or a failed export. */
  report: (cause: unknown) => void = () => undefined;

  constructor(exporter: BatchExporter<Item, Outcome>, options: BoundedExporterOptions<Item>) {
    this.#exporter = exporter;
    this.#options = options;
  }

  /** Whether this many more items, with this many characters in total, may wait. If not, the loss is reported. */
  hasRoom(items: number, characters = 0): boolean {
    const { maxItems, maxCharacters = Number.POSITIVE_INFINITY, noun } = this.#options;
    const { size } = this.#waiting;
    if (size + items <= maxItems && this.#characters + characters <= maxCharacters) return true;
    this.report(new Error(`${String(size)} ${noun} are waiting to be sent; further ones are dropped.`));
    return false;
  }

  /** Counts an item until it is exported. */
  add(id: string, characters = 0): void {
    this.#waiting.set(id, characters);
    this.#characters += characters;
  }

  export(items: Item[], done: (outcome: Outcome) => void): void {
    this.#exporter.export(items, (outcome) => {
      for (const item of items) {
        const id = this.#options.idOf(item);
        this.#characters -= this.#waiting.get(id) ?? 0;
        this.#waiting.delete(id);
      }
      if (outcome.error !== undefined) this.report(outcome.error);
      done(outcome);
    });
  }

  async forceFlush(): Promise<void> {
    await this.#exporter.forceFlush?.();
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown();
  }
}
