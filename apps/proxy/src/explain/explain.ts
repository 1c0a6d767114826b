import type { Explanation, Router, YamlRouter } from "modelyard";
import { type CheckOptions, readFile } from "../check.js";
import { type Connection, connectionOf } from "./connection.js";
import { nameCoveredBy } from "./name-covered-by.js";
import { type NamedModule, namedModules } from "./named-modules.js";
import { OriginFinder, type Origins } from "./origins.js";
import type { PlacedSetting } from "./setting-rows.js";

export interface ExplainOptions extends CheckOptions {
  /** @defaultValue all model groups */
  readonly model?: string | undefined;
}

/** A deployment in an explanation, with the places in the file that its parts come from. */
export interface ExplainedDeployment extends Omit<Explanation["deployments"][number], "settings">, Connection {
  readonly origins: Origins;
  readonly settings: readonly PlacedSetting[];
}

/** An explanation, with the places in the file that its parts come from. */
export interface Explained extends Omit<Explanation, "deployments" | "settings"> {
  readonly strategyArgs: unknown;
  readonly origins: Origins;
  readonly settings: readonly PlacedSetting[];
  readonly deployments: readonly ExplainedDeployment[];
}

/** What a file means for one name, or for each model group. Printed by `modelyard explain --json`. */
export interface ExplainResult {
  readonly file: string;
  readonly models: readonly Explained[];
  readonly modules: readonly NamedModule[];
}

/**
 * Explains what would serve a model name, and which lines of the file decide that.
 * @throws if the file has errors
 */
export async function explainFile(file: string, options: ExplainOptions): Promise<ExplainResult> {
  // The explanation does not depend on secrets, so environment variables need not be set.
  const yaml = await readFile(file, { ...options, env: false });
  const names = options.model === undefined ? yaml.router.state().groups.map(({ name }) => name) : [options.model];
  const models = names.map((name) => explained(yaml, name));
  const modules = namedModules(yaml.config);
  await yaml.close();
  return { file, models, modules };
}

/** @param sample - a call; deployments that would not serve it have a `rejection` */
export function explained(yaml: YamlRouter, name: string, sample: Parameters<Router["explain"]>[1] = {}): Explained {
  const { config, router } = yaml;
  const env = { ...process.env, ...config.environment };
  const explanation = router.explain(nameCoveredBy(name), sample);
  const finder = new OriginFinder(config, explanation);
  return {
    ...explanation,
    strategyArgs: (config.groupStrategies[explanation.group ?? ""] ?? config.strategy).args,
    origins: explanation.found ? finder.group() : {},
    settings: explanation.settings.map((setting) => ({ ...setting, origin: finder.setting(setting.name) })),
    deployments: explanation.deployments.map((deployment) => ({
      ...deployment,
      ...connectionOf(yaml, deployment, env),
      settings: deployment.settings.map((setting) => ({
        ...setting,
        origin: finder.setting(setting.name, deployment.position),
      })),
      origins: finder.deployment(deployment),
    })),
  };
}
