import { silentLogger } from "@modelyard/core";
import { createError } from "@modelyard/core/kit";
import { type ConfigIssue, formatIssues, routerFromYaml, showPath, type YamlRouter } from "modelyard";

/** The strategy that needs to know prices. */
const byPrice = "cost-based-routing";

/** Models without a price in groups that are routed by price, each with the positions of its deployments. */
function unpriced({ router }: YamlRouter): ReadonlyMap<string, readonly number[]> {
  const groups = router.state().groups.filter((group) => group.strategy === byPrice && !group.name.includes("*"));
  const found = new Map<string, Set<number>>();
  for (const { provider, model, prices, position } of groups.flatMap(({ name }) => router.explain(name).deployments)) {
    if (prices.inputCostPerToken !== undefined && prices.outputCostPerToken !== undefined) continue;
    const name = `${provider}/${model}`;
    found.set(name, (found.get(name) ?? new Set()).add(position));
  }
  return new Map([...found].map(([name, positions]) => [name, [...positions].toSorted((one, other) => one - other)]));
}

/** Warns once per model without a price, at its first deployment. */
function unknownPrices(yaml: YamlRouter): readonly ConfigIssue[] {
  const { config } = yaml;
  return [...unpriced(yaml)].map(([model, [first = 0, ...others]]) => {
    const entry = config.entryOf[first] ?? first;
    const more =
      others.length === 0 ? "" : ` (and ${String(others.length)} other deployment${others.length === 1 ? "" : "s"})`;
    return {
      ...config.sourceOf(["model_list", entry, "litellm_params", "model"]),
      path: showPath(["model_list", entry]),
      message: `the price of ${model} is unknown${more}, so ${byPrice} tries it last. Set input_cost_per_token and output_cost_per_token.`,
    };
  });
}

function deployments(count: number): string {
  return `${String(count)} deployment${count === 1 ? "" : "s"}`;
}

/** How to read a file that will not be served. */
export interface CheckOptions {
  readonly lenient?: boolean;
  readonly strict?: boolean;
  /**
   * Whether environment variables that are not set are errors. `false` assumes that all of them are set.
   * @defaultValue true
   */
  readonly env?: boolean;
  /** Further folders from which files may be included, besides the folder of the configuration. */
  readonly includeFrom?: readonly string[];
}

/** Loads a file without connecting to anything. */
export function readFile(file: string, { lenient, strict, env, includeFrom }: CheckOptions): Promise<YamlRouter> {
  return routerFromYaml(
    { file },
    {
      offline: true,
      // The commands print the warnings themselves.
      logger: silentLogger,
      lenient: lenient ?? false,
      strict: strict ?? false,
      assumeEnvironment: env === false,
      includeFrom: includeFrom ?? [],
    },
  );
}

/**
 * Validates a file without serving it.
 * @returns the text to print
 * @throws if the file has errors or defines no model group
 */
export async function check(file: string, options: CheckOptions = {}): Promise<string> {
  const yaml = await readFile(file, options);
  const { groups } = yaml.router.state();
  // The router warns about unknown prices too, but once per group and without the place in the file.
  const others = yaml.issues.filter(({ kind }) => kind !== "unknown_price");
  const warnings = formatIssues([...others, ...unknownPrices(yaml)]).map((warning) => `warning: ${warning}`);
  const summary = groups.map((group) => `  ${group.name}: ${deployments(group.deployments.length)}, ${group.strategy}`);
  const { unserved } = yaml;
  await yaml.close();
  if (groups.length === 0)
    throw createError({
      kind: "invalid_option",
      message: `${file} does not define any model group. Add an entry to model_list.`,
    });
  const verdict =
    unserved.length === 0
      ? `${file} is valid.`
      : `${file} is valid, without ${deployments(unserved.length)} that cannot be called here.`;
  return [...warnings, verdict, ...summary, ""].join("\n");
}
