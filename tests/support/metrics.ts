import { createRequire } from "node:module";

interface ParsedFamily {
  readonly name: string;
  readonly metrics: readonly { readonly labels?: Labels; readonly value: string }[];
}

type Labels = Readonly<Record<string, string>>;

const parse = createRequire(import.meta.url)("parse-prometheus-text-format") as (
  text: string,
) => readonly ParsedFamily[];

interface Series {
  readonly labels: Labels;
  readonly value: number;
}

/** The samples of one scrape. */
export interface Scrape {
  /** By name. The samples of a histogram are named `_bucket`, `_sum` and `_count`. */
  readonly samples: ReadonlyMap<string, readonly Series[]>;
  /** Number of series. */
  readonly size: number;
  /** Value of the only series with these labels. `undefined`: there is none. @throws if there are several */
  value(name: string, labels?: Labels): number | undefined;
  /** Counts of a histogram with one series, by upper bound. */
  buckets(name: string): Readonly<Record<string, number>>;
  /** All values of a label over all series. */
  labelValues(label: string): ReadonlySet<string>;
}

const sample =
  /^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(?<labels>(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*",?)*)\})? (?<value>\S+)$/u;

/**
 * Parses the text format with a third-party parser, and checks the rules of Prometheus that the parser does not check.
 * @throws if a rule is broken
 */
export function readScrape(text: string): Scrape {
  const histograms = checkLines(text);
  // The parser merges all series of a histogram, so histograms are parsed as plain samples.
  const samples = new Map(
    parse(text.replaceAll(/^# TYPE .* histogram$/gmu, ""))
      .filter(({ metrics }) => metrics.length > 0)
      .map(({ name, metrics }) => [
        name,
        metrics.map(({ labels = {}, value }): Series => ({ labels, value: toNumber(value) })),
      ]),
  );
  for (const name of histograms) checkHistogram(name, samples);
  return {
    samples,
    size: [...samples.values()].reduce((sum, series) => sum + series.length, 0),
    value: (name, labels = {}) => {
      const found = (samples.get(name) ?? []).filter((series) =>
        Object.entries(labels).every(([label, value]) => series.labels[label] === value),
      );
      if (found.length > 1)
        throw new Error(`${name} has ${String(found.length)} series with ${JSON.stringify(labels)}`);
      return found[0]?.value;
    },
    buckets: (name) =>
      Object.fromEntries((samples.get(`${name}_bucket`) ?? []).map(({ labels, value }) => [labels["le"] ?? "", value])),
    labelValues: (label) =>
      new Set([...samples.values()].flatMap((list) => list.flatMap(({ labels }) => labels[label] ?? []))),
  };
}

function toNumber(text: string): number {
  return Number(text.replace(/Inf$/u, "Infinity"));
}

/**
 * Checks that every line is a sample or a comment, that each TYPE is unique and comes first, that no series is repeated, and
 * that values are numbers.
 * @returns the names of the histograms
 */
function checkLines(text: string): readonly string[] {
  if (!text.endsWith("\n")) throw new Error("the last line does not end with a line feed");
  const typed = new Set<string>();
  const seen = new Set<string>();
  const histograms: string[] = [];
  for (const line of text.split("\n")) {
    const type = /^# TYPE (?<name>\S+) (?:counter|gauge|histogram|summary|untyped)$/u.exec(line)?.groups?.["name"];
    if (line === `# TYPE ${type ?? ""} histogram`) histograms.push(type ?? "");
    if (type !== undefined) {
      if (typed.has(type)) throw new Error(`${type} has two types`);
      typed.add(type);
    }
    if (line === "" || line.startsWith("# TYPE ") || line.startsWith("# HELP ")) continue;
    const { name = "", labels = "", value = "" } = sample.exec(line)?.groups ?? {};
    if (name === "") throw new Error(`not a sample: ${line}`);
    const family = typed.has(name) ? name : name.replace(/_(?:bucket|sum|count)$/u, "");
    if (!typed.has(family)) throw new Error(`${name} comes before its type`);
    if (Number.isNaN(toNumber(value))) throw new TypeError(`not a number: ${line}`);
    if (seen.has(`${name}{${labels}}`)) throw new Error(`repeated: ${line}`);
    seen.add(`${name}{${labels}}`);
  }
  return histograms;
}

/** Checks that buckets increase, that the last one is +Inf and equals the count, and that every series has all three parts. */
function checkHistogram(name: string, samples: ReadonlyMap<string, readonly Series[]>): void {
  const key = ({ le: _le, ...labels }: Labels): string =>
    JSON.stringify(Object.entries(labels).toSorted(([left], [right]) => left.localeCompare(right)));
  const counts = new Map((samples.get(`${name}_count`) ?? []).map((series) => [key(series.labels), series.value]));
  const buckets = new Map<string, Series[]>();
  for (const series of samples.get(`${name}_bucket`) ?? []) {
    const labels = key(series.labels);
    buckets.set(labels, [...(buckets.get(labels) ?? []), series]);
  }
  if (buckets.size !== counts.size || (samples.get(`${name}_sum`) ?? []).length !== counts.size)
    throw new Error(`${name} has series without buckets, sum or count`);
  for (const [labels, list] of buckets) {
    const sorted = list.toSorted(
      (left, right) => toNumber(left.labels["le"] ?? "") - toNumber(right.labels["le"] ?? ""),
    );
    const grows = sorted.every(({ value }, index) => index === 0 || value >= (sorted[index - 1]?.value ?? 0));
    const last = sorted.at(-1);
    if (!grows || last?.labels["le"] !== "+Inf" || last.value !== counts.get(labels))
      throw new Error(`the buckets of ${name} ${labels} do not add up`);
  }
}
