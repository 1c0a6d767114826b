import {
  Counter,
  Gauge,
  Histogram,
  type MetricObjectWithValues,
  type MetricValueWithName,
  type Registry,
} from "prom-client";

/** One series of a counter or gauge: events change it, a scrape reads it. */
export interface Cell {
  value: number;
}

/** Name, help and labels of a metric. */
export interface FamilyOptions<Name extends string> {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly Name[];
}

export type Labels<Name extends string> = Readonly<Record<Name, string>>;

/**
 * The series of one metric. A series is looked up once and then kept by the code that changes it, so that an event costs
 * one addition. prom-client would join all labels to a string for every event, which costs ten times as much; it gets
 * the numbers when the metrics are scraped.
 */
export class Family<Name extends string, Series> {
  readonly #entries = new Map<string, { readonly labels: Labels<Name>; readonly series: Series }>();

  constructor(
    readonly labelNames: readonly Name[],
    private readonly make: () => Series,
  ) {}

  /** The series with these labels. */
  of(labels: Labels<Name>): Series {
    const key = this.labelNames.map((name) => labels[name]).join("\n");
    const known = this.#entries.get(key);
    if (known !== undefined) return known.series;
    const series = this.make();
    this.#entries.set(key, { labels, series });
    return series;
  }

  /** Forgets every series whose label `name` has this value. */
  drop(name: string, value: string): void {
    for (const [key, { labels }] of this.#entries)
      if ((labels as Readonly<Record<string, string>>)[name] === value) this.#entries.delete(key);
  }

  entries(): Iterable<{ readonly labels: Labels<Name>; readonly series: Series }> {
    return this.#entries.values();
  }
}

export function counters<const Name extends string>(
  registry: Registry,
  { name, help, labels }: FamilyOptions<Name>,
): Family<Name, Cell> {
  const family = new Family<Name, Cell>(labels, () => ({ value: 0 }));
  // oxlint-disable-next-line no-new -- the constructor registers it
  new Counter<Name>({
    name,
    help,
    labelNames: [...labels],
    registers: [registry],
    collect() {
      this.reset();
      for (const entry of family.entries()) this.inc(entry.labels, entry.series.value);
    },
  });
  return family;
}

/** @param make - creates a series, whose `value` is read at each scrape */
export function gauges<const Name extends string, Series extends { readonly value: number }>(
  registry: Registry,
  { name, help, labels }: FamilyOptions<Name>,
  make: () => Series,
): Family<Name, Series> {
  const family = new Family<Name, Series>(labels, make);
  // oxlint-disable-next-line no-new -- the constructor registers it
  new Gauge<Name>({
    name,
    help,
    labelNames: [...labels],
    registers: [registry],
    collect() {
      this.reset();
      for (const entry of family.entries()) this.set(entry.labels, entry.series.value);
    },
  });
  return family;
}

/** One series of a histogram. */
export class Buckets {
  readonly counts: number[];
  readonly #bounds: readonly number[];
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.counts = Array.from({ length: bounds.length + 1 }, () => 0);
  }

  observe(value: number): void {
    const bounds = this.#bounds;
    let index = 0;
    while (index < bounds.length && value > (bounds[index] ?? 0)) index += 1;
    this.counts[index] = (this.counts[index] ?? 0) + 1;
    this.sum += value;
  }
}

type HistogramOf<Name extends string> = MetricObjectWithValues<MetricValueWithName<Name>>;

/** A histogram whose values are in {@link Buckets}; prom-client only formats them. */
class CollectedHistogram<Name extends string> extends Histogram<Name> {
  readonly #boundLabels: readonly string[];

  constructor(
    registry: Registry,
    private readonly options: FamilyOptions<Name>,
    bounds: readonly number[],
    private readonly family: Family<Name, Buckets>,
  ) {
    super({ ...options, labelNames: [...options.labels], buckets: [...bounds], registers: [registry] });
    this.#boundLabels = bounds.map(String);
  }

  /** The values with all their labels, for code that reads them as JSON. */
  override get(): Promise<HistogramOf<Name>> {
    return Promise.resolve(
      this.#describe((labels, own, name, value) => ({ metricName: name, labels: { ...labels, ...own }, value })),
    );
  }

  /** The values for the text format. prom-client keeps the formatted `sharedLabels` from one scrape to the next. */
  getForPromString(): Promise<HistogramOf<Name>> {
    return Promise.resolve(
      this.#describe((labels, own, name, value) => ({ metricName: name, labels: own, sharedLabels: labels, value })),
    );
  }

  #describe(line: (labels: Labels<Name>, own: { readonly le?: string }, name: string, value: number) => object) {
    const { name, help } = this.options;
    const [bucketName, sumName, countName] = [`${name}_bucket`, `${name}_sum`, `${name}_count`];
    const values: object[] = [];
    for (const { labels, series } of this.family.entries()) {
      let below = 0;
      for (const [index, count] of series.counts.entries()) {
        below += count;
        values.push(line(labels, { le: this.#boundLabels[index] ?? "+Inf" }, bucketName, below));
      }
      values.push(line(labels, {}, sumName, series.sum), line(labels, {}, countName, below));
    }
    // The types of prom-client require an enum for `type`, which it does not export at run time.
    return {
      name,
      help,
      type: "histogram",
      aggregator: "sum",
      values,
      collect: () => undefined,
    } as unknown as HistogramOf<Name>;
  }
}

export function histograms<const Name extends string>(
  registry: Registry,
  options: FamilyOptions<Name>,
  bounds: readonly number[],
): Family<Name, Buckets> {
  const family = new Family<Name, Buckets>(options.labels, () => new Buckets(bounds));
  // oxlint-disable-next-line no-new -- the constructor registers it
  new CollectedHistogram(registry, options, bounds, family);
  return family;
}
