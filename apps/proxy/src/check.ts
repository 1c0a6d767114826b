import { createError } from "@modelyard/core";
import { routerFromYaml, type YamlRouter } from "modelyard";

/** Deployments whose costs nobody can tell, each at its place in the file. */
function unknownPrices({ router, config }: YamlRouter): readonly string[] {
  const groups = router.state().groups.filter((group) => !group.name.includes("*"));
  return groups.flatMap(({ name }) =>
    router
      .explain(name)
      .deployments.filter(
        ({ prices }) => prices.inputCostPerToken === undefined || prices.outputCostPerToken === undefined,
      )
      .map(({ provider, model, position }) => {
        const entry = config.entryOf[position] ?? position;
        const { file, line, column } = config.sourceOf(["model_list", entry, "litellm_params", "model"]);
        return `${file}:${String(line)}:${String(column)} model_list[${String(entry)}]: the price of ${provider}/${model} is not known, so costs are not reported and cost-based-routing puts it last. Set input_cost_per_token and output_cost_per_token.`;
      }),
  );
}

/** Reads a file without serving it. @returns what to print @throws when the file cannot work */
export async function check(file: string, lenient: boolean): Promise<string> {
  const yaml = await routerFromYaml({ file }, { lenient });
  // Where a strategy asks for prices the router has said it already, without the place.
  const said = yaml.warnings.filter((warning) => !/^the price of .* is not known/u.test(warning));
  const warnings = [...said, ...unknownPrices(yaml)].map((warning) => `warning: ${warning}`);
  const { groups } = yaml.router.state();
  const summary = groups.map(
    (group) =>
      `  ${group.name}: ${String(group.deployments.length)} deployment${group.deployments.length === 1 ? "" : "s"}, ${group.strategy}`,
  );
  await yaml.close();
  if (groups.length === 0) throw createError({ kind: "invalid_option", message: `${file} has no model group.` });
  return [...warnings, `${file} is good.`, ...summary, ""].join("\n");
}
