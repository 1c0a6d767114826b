import { createError } from "@modelyard/core";
import { routerFromYaml, type YamlRouter } from "modelyard";

/** Models whose costs nobody can tell, with the places in the list of those who serve them, in the file's order. */
function unpriced({ router }: YamlRouter): ReadonlyMap<string, readonly number[]> {
  const groups = router.state().groups.filter((group) => !group.name.includes("*"));
  const found = new Map<string, Set<number>>();
  for (const { provider, model, prices, position } of groups.flatMap(({ name }) => router.explain(name).deployments)) {
    if (prices.inputCostPerToken !== undefined && prices.outputCostPerToken !== undefined) continue;
    const name = `${provider}/${model}`;
    found.set(name, (found.get(name) ?? new Set()).add(position));
  }
  return new Map([...found].map(([name, positions]) => [name, [...positions].toSorted((one, other) => one - other)]));
}

/** One line for each model, at the first deployment that has it. */
function unknownPrices(yaml: YamlRouter): readonly string[] {
  const { config } = yaml;
  return [...unpriced(yaml)].map(([model, [first = 0, ...others]]) => {
    const entry = config.entryOf[first] ?? first;
    const { file, line, column } = config.sourceOf(["model_list", entry, "litellm_params", "model"]);
    const more = others.length === 0 ? "" : ` (also for ${deployments(others.length)} more)`;
    return `${file}:${String(line)}:${String(column)} model_list[${String(entry)}]: the price of ${model} is not known${more}, so costs are not reported and cost-based-routing puts it last. Set input_cost_per_token and output_cost_per_token.`;
  });
}

function deployments(count: number): string {
  return `${String(count)} deployment${count === 1 ? "" : "s"}`;
}

/** How a file is read that is not served. */
export interface CheckOptions {
  readonly lenient?: boolean;
  /** Folders whose files may be included. */
  readonly includeFrom?: readonly string[];
}

/** Reads a file without serving it. @returns what to print @throws when the file cannot work */
export async function check(file: string, { lenient = false, includeFrom = [] }: CheckOptions = {}): Promise<string> {
  const yaml = await routerFromYaml({ file }, { lenient, includeFrom });
  // Where a strategy asks for prices the router has said it already, without the place.
  const said = yaml.warnings.filter((warning) => !/^the price of .* is not known/u.test(warning));
  const warnings = [...said, ...unknownPrices(yaml)].map((warning) => `warning: ${warning}`);
  const { groups } = yaml.router.state();
  const summary = groups.map((group) => `  ${group.name}: ${deployments(group.deployments.length)}, ${group.strategy}`);
  await yaml.close();
  if (groups.length === 0) throw createError({ kind: "invalid_option", message: `${file} has no model group.` });
  return [...warnings, `${file} is good.`, ...summary, ""].join("\n");
}
