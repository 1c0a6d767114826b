import { readFileSync } from "node:fs";
import { findRedis } from "@modelyard/repo-tests/redis";
import { beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { scrapeBusyProxy } from "./support/busy-proxy.js";
import { selectedBy } from "./support/promql.js";

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string };
}

const { groups } = parse(read("deploy/prometheus/alerts.yml")) as {
  readonly groups: readonly { readonly rules: readonly Rule[] }[];
};
const rules = groups.flatMap((group) => group.rules);
const { panels } = JSON.parse(read("packages/callbacks-prometheus/dashboard.json")) as {
  readonly panels: readonly { readonly title: string; readonly targets?: readonly { readonly expr: string }[] }[];
};
const queries = [
  ...rules.map(({ alert, expr }) => ({ title: `the alert ${alert}`, expr })),
  ...panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title: `the panel ${title}`, expr }))),
];

/** Metrics and labels that Prometheus adds itself. */
const ofPrometheus: ReadonlySet<string> = new Set(["up", "job", "instance"]);

let labelsOf: ReadonlyMap<string, ReadonlySet<string>>;

beforeAll(async () => {
  const scrape = await scrapeBusyProxy();
  labelsOf = new Map(
    [...scrape.samples].map(([name, series]) => [name, new Set(series.flatMap(({ labels }) => Object.keys(labels)))]),
  );
});

/** What a query names and the proxy does not emit. */
function missingIn(expr: string): readonly string[] {
  return selectedBy(expr)
    .filter(({ metric }) => !ofPrometheus.has(metric))
    .flatMap(({ metric, labels }) => {
      const known = labelsOf.get(metric);
      if (known === undefined) return [metric];
      return labels
        .filter((label) => !known.has(label) && !ofPrometheus.has(label))
        .map((label) => `${metric} ${label}`);
    });
}

describe("a query on the metrics of a proxy to which everything happened", () => {
  const ofRedis = (expr: string): boolean => expr.includes("modelyard_shared_state_available");

  it.each(queries.filter(({ expr }) => findRedis() !== undefined || !ofRedis(expr)))(
    "names metrics and labels that it emits: $title, $expr",
    ({ expr }) => {
      expect(selectedBy(expr)).not.toHaveLength(0);
      expect(missingIn(expr)).toEqual([]);
    },
  );

  it("is refused if it is not valid, or names something else", () => {
    expect(() => selectedBy("sum by (model (rate(up[5m]))")).toThrow("not valid PromQL");
    expect(missingIn("sum by (team) (litellm_deployment_state{model=~'x'})")).toEqual([
      "litellm_deployment_state model",
      "litellm_deployment_state team",
    ]);
    expect(missingIn("rate(litellm_made_up_total[5m]) / rate(up[5m])")).toEqual(["litellm_made_up_total"]);
  });
});

describe("an alert", () => {
  it.each(rules)("says who is affected, by labels that its expression keeps: $alert", ({ expr, annotations }) => {
    const used = [...annotations.summary.matchAll(/\$labels\.(?<label>\w+)/gu)].map((match) => match.groups?.["label"]);
    expect(used).not.toHaveLength(0);
    const kept = new Set(selectedBy(expr).flatMap(({ metric, labels }) => (metric === "up" ? ["instance"] : labels)));
    expect(used.filter((label) => !kept.has(label ?? ""))).toEqual([]);
  });

  it("has a test for promtool that makes it fire, and one that does not", () => {
    const { tests } = parse(read("deploy/prometheus/alerts.test.yml")) as {
      readonly tests: readonly {
        readonly alert_rule_test: readonly { readonly alertname: string; readonly exp_alerts?: readonly unknown[] }[];
      }[];
    };
    const cases = tests.flatMap((test) => test.alert_rule_test);
    const named = (fires: boolean): readonly string[] => [
      ...new Set(cases.filter((one) => (one.exp_alerts !== undefined) === fires).map((one) => one.alertname)),
    ];
    const all = rules.map(({ alert }) => alert);
    expect(named(true)).toEqual(all);
    expect(named(false)).toEqual(all);
  });
});

/** The queries of the dashboards that LiteLLM publishes ("LLM Proxy" and "LiteLLM Prod v2"). */
const litellmQueries: readonly (readonly [expr: string, missing: readonly string[]])[] = [
  ["sum(rate(litellm_proxy_total_requests_metric_total[2m]))", []],
  ["sum(rate(litellm_proxy_failed_requests_metric_total[2m])) by (exception_class)", []],
  [
    "sum(rate(litellm_request_total_latency_metric_sum[2m]))/sum(rate(litellm_request_total_latency_metric_count[2m]))",
    [],
  ],
  ["histogram_quantile(0.5, sum(rate(litellm_request_total_latency_metric_bucket[2m])) by (le))", []],
  ["sum(increase(litellm_spend_metric_total[30d])) by (model)", []],
  // The proxy has no keys and teams of callers: the panel shows one line with the total.
  [
    "sum(rate(litellm_proxy_total_requests_metric_total[2m])) by (api_key_alias)",
    ["litellm_proxy_total_requests_metric_total api_key_alias"],
  ],
  [
    "sum(rate(litellm_proxy_total_requests_metric_total[2m])) by (team_alias)",
    ["litellm_proxy_total_requests_metric_total team_alias"],
  ],
  ["sum(increase(litellm_spend_metric_total[30d])) by (hashed_api_key)", ["litellm_spend_metric_total hashed_api_key"]],
  // LiteLLM has renamed these metrics, so its own panels are empty, too. They are now litellm_remaining_requests_metric,
  // litellm_remaining_tokens_metric and litellm_total_tokens_metric_total, which are emitted here.
  ["topk(5, sort(litellm_remaining_requests))", ["litellm_remaining_requests"]],
  ["topk(5, sort(litellm_remaining_tokens))", ["litellm_remaining_tokens"]],
  ["sum(increase(litellm_total_tokens_total[5m])) by (model)", ["litellm_total_tokens_total"]],
  // LiteLLM calls these deprecated. litellm_proxy_total_requests_metric_total and litellm_proxy_failed_requests_metric_total
  // replace them.
  ["sum by (model) (increase(litellm_requests_metric_total[5m]))", ["litellm_requests_metric_total"]],
  ["sum(increase(litellm_llm_api_failed_requests_metric_total[1h]))", ["litellm_llm_api_failed_requests_metric_total"]],
  // A metric of LiteLLM's callback for its own services.
  [
    'histogram_quantile(0.99, sum(rate(litellm_self_latency_bucket{self="self"}[1m])) by (le))',
    ["litellm_self_latency_bucket"],
  ],
];

describe("LiteLLM's published dashboards", () => {
  it.each(litellmQueries)("get series for %s, except for %j", (expr, missing) => {
    expect(missingIn(expr)).toEqual(missing);
  });

  it("are explained in the documentation as far as panels stay empty", () => {
    const page = read("docs/deployment.md");
    const names = litellmQueries.flatMap(([, missing]) => missing.map((one) => one.split(" ").at(-1) ?? ""));
    expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });
});
