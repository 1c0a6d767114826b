import { readFileSync } from "node:fs";
import { readScrape } from "@modelyard/repo-tests/metrics";
import { Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import type { Family } from "../src/families.js";
import { makeMetrics } from "../src/metrics.js";

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string }[];
}

const dashboard = JSON.parse(readFileSync(new URL("../dashboard.json", import.meta.url), "utf8")) as {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly query: string }[] };
};

/** The labels of every sample that a scrape can contain, by name. */
async function labelsByName(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const registry = new Registry();
  const metrics = makeMetrics(registry, () => 0) as unknown as Readonly<Record<string, Family<string, unknown>>>;
  for (const family of Object.values(metrics))
    family.of(Object.fromEntries(family.labelNames.map((name) => [name, "x"])));
  const { samples } = readScrape(await registry.metrics());
  return new Map(
    [...samples].map(([name, series]) => [name, new Set(series.flatMap(({ labels }) => Object.keys(labels)))]),
  );
}

function namesIn(expr: string): readonly string[] {
  return expr.replaceAll(/by \([^)]*\)/gu, "").match(/\b(?:litellm|modelyard)_\w+/gu) ?? [];
}

const targets = dashboard.panels.flatMap(({ title, targets: list = [] }) =>
  list.map(({ expr }) => [title, expr] as const),
);

describe("dashboard.json", async () => {
  const known = await labelsByName();

  it.each(targets)("queries metrics and labels that exist in the panel %s: %s", (_, expr) => {
    const names = namesIn(expr);
    expect(names).not.toHaveLength(0);
    const grouped = [...expr.matchAll(/by \((?<labels>[^)]*)\)/gu)].flatMap((match) =>
      (match.groups?.["labels"] ?? "").split(/,\s*/u),
    );
    const matched = [...expr.matchAll(/(?<label>\w+)=~?"/gu)].map((match) => match.groups?.["label"] ?? "");
    for (const name of names) {
      expect([...known.keys()]).toContain(name);
      for (const label of [...grouped, ...matched]) expect(known.get(name)).toContain(label);
    }
  });

  it("queries counters as rates or increases, and gauges by value", () => {
    for (const [title, expr] of targets)
      for (const name of namesIn(expr)) {
        const counter = /_(?:total|bucket|sum|count)$/u.test(name);
        expect(new RegExp(`(?:rate|increase)\\(${name}`, "u").test(expr), `${title}: ${name}`).toBe(counter);
      }
  });

  it("shows every metric, except the two that are sums of others", () => {
    const shown = new Set(targets.flatMap(([, expr]) => namesIn(expr)));
    const missing = [...known.keys()].filter((name) => !shown.has(name) && !/_(?:sum|count)$/u.test(name));
    expect(missing).toEqual(["litellm_total_tokens_metric_total", "litellm_deployment_total_requests_total"]);
  });

  it("has panels with unique ids that do not overlap", () => {
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, index) => `${String(x + (index % w))},${String(y + Math.floor(index / w))}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
  });
});
