import type { DeploymentInfo } from "@modelyard/core";
import { didYouMean, invalidOption } from "@modelyard/core/kit";
import type { CreateRouterOptions } from "@modelyard/router";
import { checkModel } from "./check-model.js";
import type { DeploymentModel } from "../vendor/deployment-model.js";

/** The options of a router, without what the simulation supplies. */
export type SimulatedRouterOptions = Omit<
  CreateRouterOptions,
  "clock" | "logger" | "providers" | "random" | "sharedState"
>;

/** The providers that the deployments name. */
export function providerNames({ modelList }: SimulatedRouterOptions): ReadonlySet<string> {
  const names = modelList.map(
    ({ provider, model }) => provider ?? (model.includes("/") ? model.split("/")[0] : "openai"),
  );
  return new Set(names.filter((name) => name !== undefined));
}

/** A stream must not look silent to the router while it is only slow. */
export function longestGap(options: SimulatedRouterOptions): number {
  const levels = [options, ...Object.values(options.groups ?? {}), ...options.modelList];
  const limits = levels.flatMap(({ timeoutMs, streamTimeoutMs, timeouts }) => [
    timeoutMs,
    streamTimeoutMs,
    timeouts?.idleMs,
  ]);
  const shortest = Math.min(...limits.map((limit) => limit ?? Number.POSITIVE_INFINITY), 600_000);
  return shortest / 3;
}

/** What a deployment is like. */
export function modelOf(models: Readonly<Record<string, DeploymentModel>>, info: DeploymentInfo): DeploymentModel {
  return models[info.id] ?? models[info.model] ?? models["*"] ?? {};
}

/** @throws `invalid_option` for models that are not valid, and for those of deployments that there are not */
export function checkNames(models: Readonly<Record<string, DeploymentModel>>, infos: readonly DeploymentInfo[]): void {
  const known = new Set(["*", ...infos.flatMap(({ id, model }) => [id, model])]);
  for (const [name, model] of Object.entries(models)) {
    checkModel(model, `deployments.${name}`);
    if (known.has(name)) continue;
    throw invalidOption(
      `deployments.${name}`,
      `the router has no deployment or model "${name}".${didYouMean(name, known)}`,
      "Use the id of a deployment, a vendor's model, or *.",
    );
  }
}
