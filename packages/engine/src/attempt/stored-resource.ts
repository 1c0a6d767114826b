import type { Deployment, RouterError } from "@modelyard/core";
import {
  Cancellation,
  createError,
  isTranslatedId,
  linkSignal,
  operations,
  type ResourceAnswer,
  type ResourceOutcome,
  type ResourceRequest,
} from "@modelyard/core/kit";
import type { Services } from "../call/services.js";
import { RequestTrail } from "../call/request-trail.js";
import { Renaming } from "../call/stored-names.js";
import type { Account, ReadId } from "../plan/accounts.js";
import type { DeploymentRuntime } from "../plan/deployment-runtime.js";
import type { Snapshot } from "../plan/snapshot.js";
import { publicName } from "../plan/public-name.js";
import { mostAccounts, when } from "../candidates/stored-place.js";
import { explain } from "./attempt-errors.js";
import { StoredParts } from "./stored-parts.js";
import { RenamedParts, respell } from "./rename-result.js";

export interface ResourceParts {
  readonly services: Services;
  readonly snapshot: Snapshot;
  readonly cancellation?: Cancellation | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads, cancels or deletes what a vendor stores. It is asked for at the account that its id names. If the id names none, one
 * account after another is asked until one has it.
 * @throws `not_found` if no account has it, and the first failure if one of them could not say so
 */
export async function storedResource(parts: ResourceParts, request: ResourceRequest): Promise<ResourceOutcome> {
  const { accounts } = parts.snapshot;
  const read = accounts.read(request.id);
  // As a segment of a path, such an id would mean another path.
  if (/^\.*$/u.test(read.id)) throw nowhere(request);
  if (isTranslatedId(read.id)) throw translated(request);
  const holders = holdersOf(parts.snapshot, request, read);
  let missing = nowhere(request);
  let failed: { readonly error: RouterError; readonly runtime: DeploymentRuntime } | undefined;
  for (const runtime of holders) {
    try {
      const answer = await ask(parts, request, { runtime, id: read.foreign ? request.id : read.id });
      if (holders.length > 1) accounts.remember(read.id, accounts.of(runtime));
      const { operation } = request;
      return named(answer, { account: read.account, trail: trailOf(parts, runtime), operation });
    } catch (thrown) {
      const error = thrown as RouterError;
      if (error.blame === "caller") throw error;
      if (error.kind === "not_found") missing = error;
      else failed ??= { error, runtime };
    }
  }
  if (failed === undefined) throw missing;
  // An account that failed may have it.
  throw unanswered(failed.error, request, failed.runtime.deployment, holders.length === 1);
}

/** The failure of a deployment that has what was asked for, or may have it, with where it is and what to do. */
function unanswered(error: RouterError, { id }: ResourceRequest, deployment: Deployment, isOnly: boolean): RouterError {
  if (error.blame === "request") return error;
  const place = publicName(deployment);
  const found = isOnly
    ? `can only be stored at ${place}, so no other deployment can read it.`
    : `may be stored at ${place}; no other deployment has it.`;
  error.advise(`Response '${id.slice(0, 200)}' ${found} Try again ${when(error)}.`);
  return error;
}

/** One deployment of each account that may have it, a healthy one if there is one. */
function holdersOf(
  { accounts, runtimes }: Snapshot,
  { operation }: ResourceRequest,
  { id, account, foreign }: ReadId,
): readonly DeploymentRuntime[] {
  const holder = accounts.holderOf(id);
  const byAccount = new Map<Account, DeploymentRuntime>();
  for (const runtime of runtimes) {
    if (runtime.provider.resource === undefined || !runtime.provider.operations.includes(operation)) continue;
    const own = accounts.of(runtime);
    if (account !== undefined && own !== account) continue;
    const known = byAccount.get(own);
    if (known === undefined || (!known.health.plain && runtime.health.plain)) byAccount.set(own, runtime);
  }
  // A sealed id of an account that is unknown here may be one that the vendor sealed, if it is a router, too.
  if (foreign && byAccount.size > 1) return [];
  const known = holder === undefined ? undefined : byAccount.get(holder);
  const others = [...byAccount.values()].filter((runtime) => runtime !== known);
  return (known === undefined ? others : [known, ...others]).slice(0, mostAccounts);
}

async function ask(
  { services, snapshot, cancellation: given, signal }: ResourceParts,
  { operation, method, action, query = [] }: ResourceRequest,
  { runtime, id }: { readonly runtime: DeploymentRuntime; readonly id: string },
): Promise<ResourceAnswer> {
  const { deployment, provider, plain } = runtime;
  const cancellation = new Cancellation();
  given?.add(cancellation);
  const unlink = signal === undefined ? undefined : linkSignal(signal, cancellation);
  const { totalMs } = plain;
  const timer =
    totalMs === undefined
      ? undefined
      : services.clock.setTimer(() => {
          const message = `${deployment.provider} sent no answer within ${String(totalMs)} ms.`;
          cancellation.cancel(createError({ kind: "timeout", message }));
        }, totalMs);
  const failed = (thrown: unknown): RouterError => explain({ runtime, model: deployment.model, cancellation }, thrown);
  const release = (): void => {
    if (timer !== undefined) services.clock.clearTimer(timer);
    unlink?.();
    given?.remove(cancellation);
  };
  let parts: StoredParts | undefined;
  try {
    cancellation.throwIfCancelled();
    const { accounts } = snapshot;
    // The query of a list names an item.
    const fields = query.map(([name, value]) => [name, accounts.read(value).id] as [string, string]);
    const search = fields.length === 0 ? "" : `?${new URLSearchParams(fields).toString()}`;
    const path = `/${encodeURIComponent(id)}${action === undefined ? "" : `/${action}`}${search}`;
    const { connectMs, headersMs } = plain;
    const { model } = deployment;
    const stream = asksForStream({ method, action, query });
    const call = { deployment, model, method, path, stream, cancellation, connectMs, headersMs, now: services.now };
    const answer = await cancellation.race(
      (provider.resource as NonNullable<typeof provider.resource>)(operation, call),
    );
    if (answer.parts === undefined) return answer;
    // A stream lasts as long as the vendor works, so only its beginning is limited.
    if (timer !== undefined) services.clock.clearTimer(timer);
    parts = new StoredParts(answer.parts, { provider: deployment.provider, cancellation, explain: failed, release });
    return { ...answer, parts };
  } catch (thrown) {
    throw failed(thrown);
  } finally {
    if (parts === undefined) release();
  }
}

/** Whether a query asks for the events of an answer instead of the answer. */
function asksForStream({ method, action, query = [] }: Pick<ResourceRequest, "action" | "method" | "query">): boolean {
  if (method !== "GET" || action !== undefined) return false;
  return query.some(([name, value]) => name === "stream" && value !== "false");
}

/** The answer with the ids that the caller knows: sealed ones if it asked with one, and otherwise the vendor's. */
function named(
  { value, bytes, parts }: ResourceAnswer,
  {
    account,
    trail,
    operation,
  }: { readonly account: Account | undefined; readonly trail: RequestTrail } & Pick<ResourceRequest, "operation">,
): ResourceOutcome {
  const { stored } = operations[operation];
  const facts = { deploymentId: trail.deploymentId ?? "", trail };
  if (account === undefined || stored === undefined) return { value, bytes, parts, ...facts };
  const renaming = new Renaming(new Map(), account);
  if (parts !== undefined) return { value, bytes, parts: new RenamedParts(parts, stored, renaming), ...facts };
  const renamed = stored.rename(value, renaming.nameOf);
  return { value: renamed, bytes: respell(bytes, renaming), parts, ...facts };
}

function trailOf({ services }: ResourceParts, { deployment }: DeploymentRuntime): RequestTrail {
  const trail = new RequestTrail(services.random.id(), deployment.group);
  trail.modelGroup = deployment.group;
  trail.deploymentId = deployment.id;
  return trail;
}

/** No account is asked for an answer of another API. Vendors would only say that they do not know it. */
function translated({ id }: ResourceRequest): RouterError {
  return createError({
    kind: "not_found",
    code: "response_not_stored",
    message:
      `Response with id '${id.slice(0, 200)}' is not stored: it was translated from another API, so that no vendor has it. ` +
      "Its whole content was in the answer to the request that created it. To continue it, send the whole input, or its id as previous_response_id.",
  });
}

function nowhere({ id }: ResourceRequest): RouterError {
  return createError({
    kind: "not_found",
    message: `Response with id '${id.slice(0, 200)}' not found. No deployment is known to store it.`,
  });
}
