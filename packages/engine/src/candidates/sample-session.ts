import type { AffinityKey, MoveReason } from "@modelyard/core/kit";
import { isNonEmpty, operations } from "@modelyard/core/kit";
import { splitControlFields } from "../call/control-fields.js";
import { mergeOptions } from "../call/open-call.js";
import type { Services } from "../call/services.js";
import type { ResolvedName } from "../plan/name-table.js";
import type { Snapshot } from "../plan/snapshot.js";
import type { ExplainSample } from "./sample.js";
import { sessionIn, spreadOf } from "./session-step.js";

/** How the session of a sample call would be routed now. */
export interface ExplainedSession {
  readonly key: AffinityKey;
  /** Where the key is from, e.g. `prompt_cache_key`. */
  readonly source: string;
  /** The beginning of a hash of the key. */
  readonly session: string;
  /** The deployments that have a part of the prompt in their cache, and how many tokens. */
  readonly cached: readonly { readonly deploymentId: string; readonly tokens: number }[];
  /** Where it would go. `undefined`: where the strategy says. */
  readonly deploymentId: string | undefined;
  /** Why it would not go where most of its prompt is cached. `undefined`: it would, or nothing is cached. */
  readonly moved: MoveReason | undefined;
}

/**
 * Explains how the session of a sample call would be routed.
 * @param rejections - why each deployment of the group would not serve it
 * @returns `undefined` if it has no session, or if sessions are not kept at their deployments
 */
export function sampleSession(
  snapshot: Snapshot,
  services: Services,
  { group }: ResolvedName,
  sample: ExplainSample & { readonly rejections: readonly (string | undefined)[] },
): ExplainedSession | undefined {
  const row = operations[sample.operation ?? "chat"];
  const split = splitControlFields(sample.request ?? {}, row);
  const { request } = split;
  const options = mergeOptions(sample.options, split.options);
  const stream = request["stream"] === true;
  const session = sessionIn({ snapshot, options, request, row, stream, inputTokens: row.inputTokens(request) }, group);
  if (session?.key === undefined) return undefined;
  const candidates = group.runtimes.filter((_, index) => sample.rejections[index] === undefined);
  const chosen = isNonEmpty(candidates)
    ? session.choose(candidates, spreadOf(services, group), services.clock.now())
    : undefined;
  const { kind, source, id } = session.key;
  return {
    key: kind,
    source,
    session: id.slice(0, 12),
    cached: session.cached,
    deploymentId: chosen?.deployment.id,
    moved: session.moved,
  };
}
