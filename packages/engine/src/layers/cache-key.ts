import type { JsonObject } from "@modelyard/core";
import { answerHeaders, canonicalJson, isLong, type MaybePromise, sha256Hex } from "@modelyard/core/kit";
import type { Snapshot } from "../plan/snapshot.js";
import type { NamedTarget } from "../call/named-target.js";
import type { Call } from "../call/call.js";
import { digestOf, hexOf } from "./long-identity.js";
import type { GroupRuntime } from "../plan/group-runtime.js";

/** Raised when entries of older versions must not be read anymore. */
const version = 2;
/** Texts up to this length are hashed synchronously. Longer ones are hashed by the platform, off this thread. */
const mostHashedHere = 16_384;

const encoder = new TextEncoder();

/** The group that a call's model name resolves to, or `undefined` if there is none. */
export function targetOf(call: Call): NamedTarget | undefined {
  const target = call.snapshot.names.resolve(call.requestedModel);
  return target === undefined ? undefined : { name: call.requestedModel, target };
}

/**
 * The identity of a call, or `undefined` if its data cannot be serialized, e.g. because it is circular. Such a request
 * is neither looked up in the cache nor shared.
 */
export function identityOf(call: Call, asked: NamedTarget): MaybePromise<string | undefined> {
  const report = (cause: unknown): void => {
    call.services.logger.debug({ error: String(cause) }, "a request has no cache key");
  };
  try {
    const identity = cacheIdentity(call, call.original, asked);
    if (typeof identity === "string") return identity;
    return identity.catch((cause: unknown) => {
      report(cause);
      return undefined;
    });
  } catch (cause) {
    report(cause);
    return undefined;
  }
}

/**
 * Everything that can change the answer to `request`, and nothing else, as a text that does not depend on the order of
 * fields. It contains the model group instead of the requested name, so that aliases share answers, and the models and
 * defaults of its deployments.
 */
export function cacheIdentity(call: Call, request: JsonObject, asked: NamedTarget): MaybePromise<string> {
  const counted = { ...request, model: undefined, metadata: undefined };
  if (!isLong(counted)) return identityWith(call, asked, counted);
  return digestOf(counted).then((digest) => identityWith(call, asked, { digest }));
}

function identityWith(call: Call, asked: NamedTarget, request: JsonObject): string {
  const { options, services, snapshot } = call;
  const { cache, enableTagFiltering } = snapshot.config;
  const groups = sharedBy(snapshot, asked);
  const tagsMatter = enableTagFiltering || services.filters.length > 0;
  return canonicalJson({
    version,
    operation: call.operation,
    asked: labelOf(snapshot, asked, groups),
    settings: groups.map(settingsOf),
    request,
    tags: tagsMatter ? sorted(call.tags) : undefined,
    regions: options.allowedRegions === undefined ? undefined : sorted(options.allowedRegions),
    dropParams: options.dropParams,
    omitted: options.additionalDropParams,
    allowed: options.allowedOpenaiParams,
    clientAuth: options.clientAuth,
    headers: options.forwardHeaders === undefined ? undefined : answerHeaders(options.forwardHeaders),
    caller: cache.shared ? undefined : options.caller,
  });
}

/**
 * Hashes an identity to a key for any store. Short identities, as almost all are, are hashed synchronously.
 * @param mostHere - the length up to which an identity is hashed on this thread, in characters
 */
export function cacheKey(call: Call, identity: string, mostHere = mostHashedHere): MaybePromise<string> {
  const namespace = call.options.cache?.namespace ?? call.snapshot.config.cache.namespace;
  const prefix = namespace === undefined ? "" : `${sha256Hex(namespace).slice(0, 16)}:`;
  if (identity.length <= mostHere) return prefix + sha256Hex(identity);
  return platformHash(identity).then((hash) => prefix + hash);
}

async function platformHash(text: string): Promise<string> {
  return hexOf(await crypto.subtle.digest("SHA-256", encoder.encode(text)));
}

function sorted(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].toSorted();
}

/** The groups that share answers: the group itself, or those of its list in `cache.groups`. */
function sharedBy(snapshot: Snapshot, { target }: NamedTarget): readonly GroupRuntime[] {
  const { group, captures } = target;
  const list = captures === undefined && !isDeployment(snapshot, group) ? listOf(snapshot, group.name) : undefined;
  if (list === undefined) return [group];
  return sorted(list).flatMap((name) => snapshot.groups.get(name) ?? []);
}

function listOf(snapshot: Snapshot, name: string): readonly string[] | undefined {
  return snapshot.config.cache.groups?.find((names) => names.includes(name));
}

/** Whether the requested name was a deployment's id, which shares no answers. */
function isDeployment(snapshot: Snapshot, group: GroupRuntime): boolean {
  return snapshot.groups.get(group.name) !== group;
}

function labelOf(snapshot: Snapshot, { name, target }: NamedTarget, groups: readonly GroupRuntime[]): unknown {
  if (target.captures !== undefined) return { name };
  if (isDeployment(snapshot, target.group)) return { deployment: target.group.runtimes[0]?.deployment.id };
  return { groups: groups.map((group) => group.name) };
}

const known = new WeakMap<GroupRuntime, string>();

/** A digest of the settings of a group's deployments that affect answers. Keys and addresses do not. */
function settingsOf(group: GroupRuntime): string {
  const before = known.get(group);
  if (before !== undefined) return before;
  const settings = group.runtimes.map((runtime) =>
    canonicalJson({
      provider: runtime.deployment.provider,
      model: runtime.deployment.model,
      baseModel: runtime.deployment.baseModel,
      refuses: runtime.deployment.refuses,
      allowed: runtime.deployment.allowedOpenaiParams,
      dropParams: runtime.dropParams,
      mockResponse: runtime.deployment.mockResponse,
      defaults: runtime.defaults,
      dropped: runtime.dropped.map((field) => field.path),
    }),
  );
  const text = sha256Hex(sorted(settings).join("\n"));
  known.set(group, text);
  return text;
}
