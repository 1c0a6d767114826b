import { formatIssue, routerFromYaml } from "modelyard";
import { createError } from "@modelyard/core";

/** Reads a file without serving it. @returns what to print @throws when the file cannot work */
export async function check(file: string, lenient: boolean): Promise<string> {
  const yaml = await routerFromYaml({ file }, { lenient });
  const issues = yaml.config.warnings.map((issue) => `warning: ${formatIssue(issue)}`);
  const odd = yaml.router.warnings.map((warning) => `warning: ${warning}`);
  const { groups } = yaml.router.state();
  const summary = groups.map(
    (group) =>
      `  ${group.name}: ${String(group.deployments.length)} deployment${group.deployments.length === 1 ? "" : "s"}, ${group.strategy}`,
  );
  await yaml.close();
  if (groups.length === 0) throw createError({ kind: "invalid_option", message: `${file} has no model group.` });
  return [...issues, ...odd, `${file} is good.`, ...summary, ""].join("\n");
}
