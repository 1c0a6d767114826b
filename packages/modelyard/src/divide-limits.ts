import type { DeploymentOptions, RouterConfig } from "@modelyard/core";
import { deploymentId } from "@modelyard/router";

/** Identifies one of several processes that serve the same configuration. */
export interface ProcessShare {
  /** From 0. */
  readonly index: number;
  /** The number of processes. */
  readonly of: number;
}

/** One process's part of a limit. The parts differ by at most one and add up to the limit. */
function part(limit: number, { index, of }: ProcessShare): number {
  return Math.floor(limit / of) + (index < limit % of ? 1 : 0);
}

function divided(options: DeploymentOptions, config: RouterConfig, share: ProcessShare): DeploymentOptions {
  const { rpm, tpm } = options;
  const parallel = options.maxParallelRequests ?? config.defaultMaxParallelRequests;
  return {
    ...options,
    // The id is derived from the options, so it is fixed before they change: metrics and logs need the same in all
    // processes.
    id: deploymentId(options),
    ...(rpm === undefined ? {} : { rpm: part(rpm, share) }),
    ...(tpm === undefined ? {} : { tpm: part(tpm, share) }),
    ...(parallel === undefined ? {} : { maxParallelRequests: part(parallel, share) }),
  };
}

/** Gives one process its part of every limit. */
export function divideLimits(config: RouterConfig, share: ProcessShare): RouterConfig {
  return { ...config, modelList: config.modelList.map((options) => divided(options, config, share)) };
}
