import type { SimulationResult } from "@modelyard/simulator";
import { columns } from "../terminal/columns.js";
import type { Comparison } from "./simulate.js";

function seconds(ms: number): string {
  return Number.isNaN(ms) ? "-" : `${(ms / 1_000).toFixed(2)} s`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** How much worse a time is than the omniscient router's. */
function regret(ms: number, best: number): string {
  return best > 0 && !Number.isNaN(ms) ? percent(ms / best - 1) : "-";
}

type Row = readonly [label: string, of: (result: SimulationResult) => string, reference?: string];

function rows({ omniscient: best }: Comparison): readonly Row[] {
  return [
    ["first token, p50", ({ firstTokenMs }) => seconds(firstTokenMs.p50), seconds(best.firstTokenP50Ms)],
    ["first token, p95", ({ firstTokenMs }) => seconds(firstTokenMs.p95), seconds(best.firstTokenP95Ms)],
    ["first token, p99", ({ firstTokenMs }) => seconds(firstTokenMs.p99), seconds(best.firstTokenP99Ms)],
    ["  above omniscient", ({ firstTokenMs }) => regret(firstTokenMs.p99, best.firstTokenP99Ms)],
    ["latency, p50", ({ latencyMs }) => seconds(latencyMs.p50)],
    ["latency, p95", ({ latencyMs }) => seconds(latencyMs.p95)],
    ["latency, p99", ({ latencyMs }) => seconds(latencyMs.p99), seconds(best.latencyP99Ms)],
    ["latency, mean", ({ latencyMs }) => seconds(latencyMs.mean), seconds(best.latencyMeanMs)],
    ["  above omniscient", ({ latencyMs }) => regret(latencyMs.mean, best.latencyMeanMs)],
    ["success", ({ success }) => percent(success), percent(best.success)],
    ["goodput", ({ goodput }) => percent(goodput), percent(best.goodput)],
    ["429s per 100 requests", ({ rateLimited }) => rateLimited.toFixed(1)],
    ["attempts per request", ({ attempts }) => attempts.toFixed(2)],
    ["cost", ({ costUsd }) => (costUsd === undefined ? "unknown" : `$${costUsd.toFixed(2)}`)],
    ["prompt tokens from caches", ({ cachedShare }) => percent(cachedShare)],
    ["tokens wasted", ({ wastedShare }) => percent(wastedShare)],
    ["largest share of a deployment", ({ spread }) => percent(spread.largest)],
    [
      "failures",
      ({ failures }) =>
        Object.entries(failures)
          .map(([kind, count]) => `${kind} ${String(count)}`)
          .join(", "),
    ],
  ];
}

/** The figures of a comparison, one column for each variant and one for the omniscient router. The first row is the head. */
export function comparisonTable(comparison: Comparison): readonly (readonly string[])[] {
  const { model, variants } = comparison;
  return [
    [model, ...variants.map(({ name }) => name), "omniscient"],
    ...rows(comparison).map(([label, of, reference = ""]) => [
      label,
      ...variants.map(({ result }) => of(result)),
      reference,
    ]),
  ];
}

/** What a reader of the table has to know. */
export function noteOn({ variants }: Comparison): string {
  const requests = (variants[0]?.result.requests ?? 0).toLocaleString("en");
  return `${requests} requests. The omniscient router knows every queue and every answer's length.`;
}

/** A comparison as a table for a terminal. */
export function comparisonReport(comparison: Comparison): string {
  return [...columns(comparisonTable(comparison)), "", noteOn(comparison), ""].join("\n");
}
