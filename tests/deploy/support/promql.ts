import { parser } from "@prometheus-io/lezer-promql";

/** A metric that an expression selects, with the labels by which it is selected or grouped. */
export interface Selected {
  readonly metric: string;
  readonly labels: readonly string[];
}

/** Grafana's variables, as Grafana replaces them. */
function withoutVariables(expr: string): string {
  return expr.replaceAll("$__rate_interval", "5m").replaceAll(/"\$\w+"/gu, '".*"');
}

/**
 * The metrics and labels of an expression. A label by which a binary expression or an aggregation groups counts for all metrics of
 * the expression.
 * @throws if it is not valid PromQL
 */
export function selectedBy(expr: string): readonly Selected[] {
  const text = withoutVariables(expr);
  const metrics: { readonly metric: string; readonly labels: string[] }[] = [];
  const grouped: string[] = [];
  let inSelector = false;
  parser.parse(text).iterate({
    enter: ({ name, from, to, type }) => {
      const word = text.slice(from, to);
      if (type.isError) throw new SyntaxError(`not valid PromQL at ${String(from)}: ${expr}`);
      if (name === "VectorSelector") inSelector = true;
      else if (name === "Identifier" && inSelector) metrics.push({ metric: word, labels: [] });
      else if (name === "LabelName" && inSelector) metrics.at(-1)?.labels.push(word);
      else if (name === "LabelName") grouped.push(word);
    },
    leave: ({ name }) => {
      if (name === "VectorSelector") inSelector = false;
    },
  });
  return metrics.map(({ metric, labels }) => ({ metric, labels: [...labels, ...grouped] }));
}
