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

/** What a family is called and told apart by. */
export interface FamilyOptions<Name extends string> {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly Name[];
}

export type Labels<Name extends string> = Readonly<Record<Name, string>>;

/**
 * The series of one metric. A series is looked up once and then held by whoever changes it: an event costs an addition.
 * prom-client would make a text of all labels for every event, which is ten times the price; it gets the numbers when
 * somebody scrapes.
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
  // oxlint-disable-next-line no-new -- it registers itself
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

/** @param make - a series whose `value` is read at the time of the scrape */
export function gauges<const Name extends string, Series extends { readonly value: number }>(
  registry: Registry,
  { name, help, labels }: FamilyOptions<Name>,
  make: () => Series,
): Family<Name, Series> {
  const family = new Family<Name, Series>(labels, make);
  // oxlint-disable-next-line no-new -- it registers itself
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

/** A histogram that is kept in {@link Buckets}; prom-client only writes it out. */
class CollectedHistogram<Name extends string> extends Histogram<Name> {
  constructor(
    registry: Registry,
    private readonly options: FamilyOptions<Name>,
    private readonly bounds: readonly number[],
    private readonly family: Family<Name, Buckets>,
  ) {
    super({ ...options, labelNames: [...options.labels], buckets: [...bounds], registers: [registry] });
  }

  override get(): Promise<MetricObjectWithValues<MetricValueWithName<Name>>> {
    const { name, help } = this.options;
    const values = [...this.family.entries()].flatMap(({ labels, series }) => this.#lines(labels, series));
    // The enum of prom-client's types does not exist at run time; the name of the type does.
    const type = "histogram" as unknown as MetricObjectWithValues<MetricValueWithName<Name>>["type"];
    return Promise.resolve({ name, help, type, aggregator: "sum", values, collect: () => undefined });
  }

  /** What a registry asks first. */
  getForPromString(): Promise<MetricObjectWithValues<MetricValueWithName<Name>>> {
    return this.get();
  }

  #lines(labels: Labels<Name>, { counts, sum }: Buckets): MetricValueWithName<Name>[] {
    const { name } = this.options;
    let below = 0;
    const buckets = counts.map((count, index) => {
      below += count;
      const le = index < this.bounds.length ? String(this.bounds[index]) : "+Inf";
      return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: below };
    });
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels, value: sum },
      { metricName: `${name}_count`, labels, value: below },
    ];
  }
}

export function histograms<const Name extends string>(
  registry: Registry,
  options: FamilyOptions<Name>,
  bounds: readonly number[],
): Family<Name, Buckets> {
  const family = new Family<Name, Buckets>(options.labels, () => new Buckets(bounds));
  // oxlint-disable-next-line no-new -- it registers itself
  new CollectedHistogram(registry, options, bounds, family);
  return family;
}
