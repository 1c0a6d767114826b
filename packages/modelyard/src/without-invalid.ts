import type { ConfigIssue, ParsedConfig } from "@modelyard/config-yaml";
import { type DeploymentOptions, type RouterConfig, RouterError } from "@modelyard/core";
import { placedError, placedIssue, positionIn } from "./placed.js";
import { type Probe, withOthers } from "./with-others.js";

/** The result of {@link withoutInvalid}. */
export interface WithoutInvalid<Result> {
  readonly result: Result;
  /** The configuration without the deployments that cannot work. */
  readonly config: ParsedConfig;
  /** A warning for each skipped deployment. */
  readonly warnings: readonly ConfigIssue[];
}

/**
 * Makes something from a configuration, e.g. a router. If the file sets `ignore_invalid_deployments`, deployments that
 * cannot work are skipped instead of being errors.
 * @param also - further errors, which are reported with an error of `make`
 * @throws the error of `make`, with its place and those of all other deployments
 */
export function withoutInvalid<Result>(
  config: ParsedConfig,
  make: (router: RouterConfig) => Result,
  probe: Probe,
  also: readonly ConfigIssue[] = [],
): WithoutInvalid<Result> {
  const { modelList } = config.router;
  const warnings: ConfigIssue[] = [];
  let kept = modelList.map((_, position) => position);
  let probed = false;
  const skip = (position: number, thrown: RouterError): void => {
    const issue = placedIssue(thrown, config, position);
    warnings.push({ ...issue, message: `${issue.message} The deployment is skipped.` });
  };
  for (;;) {
    try {
      const changed = { ...config.router, modelList: kept.flatMap((position) => modelList[position] ?? []) };
      const entryOf = kept.map((position) => config.entryOf[position] ?? position);
      return { result: make(changed), config: { ...config, router: changed, entryOf }, warnings };
    } catch (thrown) {
      const position = kept[positionIn(thrown) ?? -1];
      if (
        !config.ignoreInvalidDeployments ||
        position === undefined ||
        kept.length === 1 ||
        !RouterError.isInstance(thrown)
      )
        throw withOthers(placedError(thrown, config, position), config, { position, probe, also });
      // Probing all deployments once finds most invalid ones in one pass. Otherwise, `make` would run again for each of
      // them.
      const bad = probed ? new Map<number, RouterError>() : failing(kept, modelList, probe);
      probed = true;
      if (!bad.has(position)) bad.set(position, thrown);
      if (bad.size === kept.length)
        throw withOthers(placedError(thrown, config, position), config, { position, probe, also });
      for (const [other, problem] of bad) skip(other, problem);
      kept = kept.filter((other) => !bad.has(other));
    }
  }
}

function failing(
  kept: readonly number[],
  modelList: readonly DeploymentOptions[],
  probe: Probe,
): Map<number, RouterError> {
  const bad = new Map<number, RouterError>();
  const byId = new Map<string, DeploymentOptions>();
  for (const position of kept) {
    const deployment = modelList[position];
    if (deployment === undefined) continue;
    const { id } = deployment;
    const other = id === undefined ? undefined : byId.get(id);
    try {
      probe(deployment);
      // Two deployments with one id work only apart from each other.
      if (other !== undefined) probe(other, deployment);
      if (id !== undefined) byId.set(id, deployment);
    } catch (thrown) {
      if (RouterError.isInstance(thrown)) bad.set(position, thrown);
    }
  }
  return bad;
}
