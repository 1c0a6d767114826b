import { ConfigError, type ConfigIssue, type ParsedConfig } from "@modelyard/config-yaml";
import { type DeploymentOptions, RouterError } from "@modelyard/core";
import { placedIssue } from "./placed.js";

/** Checks a few deployments by themselves. @throws what is wrong with the first that cannot work */
export type Probe = (...deployments: readonly DeploymentOptions[]) => void;

export interface OtherProblems {
  /** The position of the deployment that the error concerns, if it concerns one. */
  readonly position?: number | undefined;
  /** Further errors that are already known. */
  readonly also?: readonly ConfigIssue[];
  readonly probe: Probe;
}

/** Adds the errors of all other deployments to an error, so that users can fix everything at once. */
export function withOthers(error: unknown, config: ParsedConfig, others: OtherProblems): unknown {
  if (!(error instanceof ConfigError)) return error;
  const { position, also = [], probe } = others;
  const mayFail = position === undefined && config.ignoreInvalidDeployments;
  const deployments = config.router.modelList.flatMap((deployment, index) => {
    if (index === position) return error.issues;
    try {
      if (!mayFail) probe(deployment);
      return [];
    } catch (thrown) {
      return RouterError.isInstance(thrown) ? [placedIssue(thrown, config, index)] : [];
    }
  });
  return new ConfigError([...deployments, ...(position === undefined ? error.issues : []), ...also]);
}
