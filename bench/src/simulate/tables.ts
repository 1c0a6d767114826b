import type { ScenarioResult } from "@modelyard/simulator";

/** The results of the strategies in one scenario, by the strategy's name, one for each seed. */
export type Compared = Readonly<Record<string, readonly ScenarioResult[]>>;

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** A number with as many digits as it is worth showing. */
function shown(value: number): string {
  if (!Number.isFinite(value)) return "–";
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** A table in Markdown, padded as the formatter does it. */
function table(rows: readonly (readonly string[])[]): string {
  const [head = [], ...rest] = rows;
  const widths = head.map((_, column) => Math.max(3, ...rows.map((row) => (row[column] ?? "").length)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [line(head), `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`, ...rest.map(line)].join("\n");
}

interface Column {
  readonly name: string;
  readonly of: (results: readonly ScenarioResult[]) => string;
}

/** One row for each scenario that was run, and in it one cell for each strategy. */
function byStrategy(
  compared: ReadonlyMap<string, Compared>,
  scenarios: readonly string[],
  cell: (result: ScenarioResult) => number,
  reference: Column,
): string {
  const strategies = Object.keys(compared.values().next().value ?? {});
  return table([
    ["", ...strategies.map((name) => `\`${name}\``), reference.name],
    ...scenarios.flatMap((scenario) => {
      const own = compared.get(scenario);
      if (own === undefined) return [];
      const cells = strategies.map((name) => shown(mean((own[name] ?? []).map(cell))));
      return [[`\`${scenario}\``, ...cells, reference.of(Object.values(own)[0] ?? [])]];
    }),
  ]);
}

/** One row for each strategy in one scenario. */
function byFigure(compared: Compared, columns: readonly Column[]): string {
  return table([
    ["", ...columns.map(({ name }) => name)],
    ...Object.entries(compared).map(([strategy, results]) => [
      `\`${strategy}\``,
      ...columns.map((column) => column.of(results)),
    ]),
  ]);
}

const column = (name: string, read: (result: ScenarioResult) => number, show: (value: number) => string): Column => ({
  name,
  of: (results) => show(mean(results.map(read))),
});

const seconds = (name: string, read: (result: ScenarioResult) => number): Column =>
  column(
    name,
    (result) => read(result) / 1_000,
    (value) => `${shown(value)} s`,
  );

const loads = ["S1", "S2", "S2r", "S3", "S5a", "S5b", "S6", "S7", "S7a", "S7b", "S7c", "S7d", "S8", "S9", "S9x"];

/** The tables of the scenarios that were run, with their introductions. */
export function tablesOf(compared: ReadonlyMap<string, Compared>): string {
  const limits: readonly Column[] = [
    column("success", ({ result }) => result.success, percent),
    column("with hindsight", ({ servable }) => servable ?? Number.NaN, percent),
    column("goodput", ({ result }) => result.goodput, percent),
    column("429s per 100", ({ result }) => result.rateLimited, shown),
    column("attempts", ({ result }) => result.attempts, shown),
  ];
  const busiest = (result: ScenarioResult): number =>
    Math.max(...Object.values(result.result.deployments).map(({ busiestTokens }) => busiestTokens));
  const shared: readonly Column[] = [
    column("success", ({ result }) => result.success, percent),
    column("busiest minute, of the limit", (result) => busiest(result) / 120_000, percent),
    column("operations per request", ({ result }) => result.sharedOperations, shown),
  ];
  const caches: readonly Column[] = [
    column("from the cache", ({ result }) => result.cachedShare, percent),
    column("from one shared cache", ({ cacheable }) => cacheable ?? Number.NaN, percent),
    column("busiest deployment", ({ result }) => result.spread.largest, percent),
    seconds("TTFT p99", ({ result }) => result.firstTokenMs.p99),
  ];
  const tenants: readonly Column[] = [
    column("large tenant", ({ result }) => result.tenants["large"]?.success ?? Number.NaN, percent),
    column(
      "small tenants",
      ({ result }) =>
        mean(
          Object.entries(result.tenants)
            .filter(([name]) => name !== "large")
            .map(([, own]) => own.success),
        ),
      percent,
    ),
  ];
  const ratio = (
    introduction: string,
    cell: (result: ScenarioResult) => number,
    reference: Column,
  ): readonly string[] =>
    loads.some((name) => compared.has(name)) ? [introduction, byStrategy(compared, loads, cell, reference)] : [];
  const figures = (introduction: string, scenario: string, columns: readonly Column[]): readonly string[] => {
    const own = compared.get(scenario);
    return own === undefined ? [] : [introduction, byFigure(own, columns)];
  };
  return [
    ...ratio(
      "The 99th percentile of the time to the first token, relative to that of the omniscient router:",
      ({ regret }) => regret.firstTokenP99,
      seconds("omniscient", ({ reference }) => reference.firstTokenP99Ms),
    ),
    ...ratio(
      "The mean latency, relative to that of the omniscient router:",
      ({ regret }) => regret.latencyMean,
      seconds("omniscient", ({ reference }) => reference.latencyMeanMs),
    ),
    ...ratio(
      "Goodput in percent: whole answers whose first token came within two seconds, and each further one within 80 ms:",
      ({ result }) => result.goodput * 100,
      column("omniscient", ({ reference }) => reference.goodput * 100, shown),
    ),
    ...figures("Limits that are reached (`S4`):", "S4", limits),
    ...figures("Limits that several processes share (`S9l`):", "S9l", shared),
    ...figures("Prompt caches of agents' sessions (`S7a`):", "S7a", caches),
    ...figures("The same with [affinity](guide/affinity.md) (`S7b`):", "S7b", caches),
    ...figures("Prompt caches of long conversations (`S7c`):", "S7c", caches),
    ...figures("The same with affinity (`S7d`):", "S7d", caches),
    ...figures("The share of requests that are served if one tenant asks for too much (`S10`):", "S10", tenants),
  ].join("\n\n");
}
