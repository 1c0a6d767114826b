import { ConfigError, type ConfigIssue, type ParsedConfig } from "@modelyard/config-yaml";
import { type DeploymentOptions, RouterError } from "@modelyard/core";
import { placedIssue } from "./placed.js";

export interface OtherProblems {
  /** Of the deployment that the error is about; without it, the error is about none. */
  readonly position?: number | undefined;
  /** Known already. */
  readonly also?: readonly ConfigIssue[];
  /** @throws what is wrong with a deployment */
  readonly probe: (deployment: DeploymentOptions) => void;
}

/** A file's error, and those about its deployments, so that all can be fixed in one go. */
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
