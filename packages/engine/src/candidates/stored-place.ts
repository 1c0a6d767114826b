import type { RouterError } from "@modelyard/core";
import { createError, type StoredId } from "@modelyard/core/kit";
import { type AccountSearch, isMissing, type OptionalPart, StoredNames } from "../call/stored-names.js";
import type { Account, Accounts } from "../plan/accounts.js";
import type { DeploymentRuntime } from "../plan/deployment-runtime.js";
import type { GroupRuntime } from "../plan/group-runtime.js";
import { publicName } from "../plan/public-name.js";
import { concreteModel } from "../plan/wildcard.js";
import type { Requirements } from "./reasons.js";

/** The facts about a call that decide where what it refers to is stored. */
export interface StoringCall extends Pick<Requirements, "captures" | "request"> {
  readonly snapshot: { readonly accounts: Accounts };
  readonly row: Requirements["row"];
}

/** Limit for the accounts that are asked for what an id names that names no account. */
export const mostAccounts = 10;
/** Limit for the signatures that are checked per request. Further ids count by the account that they name. */
const mostVerified = 100;

/**
 * Finds the account that stores what a request refers to.
 * @param group - the group that the caller asked for
 * @returns `undefined` if the operation does not refer to anything
 * @throws `not_found` for an id of an account that is unknown, if there are several; `bad_request` if ids name different ones
 */
export function findStored(call: StoringCall, group: GroupRuntime): StoredNames | undefined {
  const { stored } = call.row;
  if (stored === undefined) return undefined;
  const { accounts } = call.snapshot;
  const only = accounts.onlyOf(group);
  const references = stored.of(call.request);
  const place = references.length === 0 ? undefined : placeOf(call, group, { references, only });
  const optional = stored.optional(call.request).flatMap(({ path, id }, index): readonly OptionalPart[] => {
    const named = accounts.read(id, index < mostVerified).account;
    return named === undefined ? [] : [{ path, id, account: named }];
  });
  return new StoredNames({ ids: stored, accounts, account: undefined, ...place, only, optional });
}

interface Found {
  readonly references: readonly StoredId[];
  readonly only: Account | undefined;
}

/** The account that the references name, or those that may have what they refer to. */
interface Place {
  readonly account?: Account | undefined;
  readonly search?: AccountSearch;
}

function placeOf(call: StoringCall, group: GroupRuntime, { references, only }: Found): Place {
  const { accounts } = call.snapshot;
  let first: { readonly path: string; readonly account: Account } | undefined;
  for (const [index, { path, id }] of references.entries()) {
    const { account, foreign } = accounts.read(id, index < mostVerified);
    if (foreign && only === undefined) throw notFound(references[index] as StoredId, group);
    if (account === undefined) continue;
    first ??= { path, account };
    if (account !== first.account) throw differentAccounts(first.path, path);
  }
  // Ids that name no account are taken to be stored where the others are.
  const named = first?.account ?? only;
  if (named !== undefined) return { account: named };
  const able = new Set(
    group.runtimes.filter((runtime) => reads(call, runtime, references)).map((runtime) => accounts.of(runtime)),
  );
  const [single] = able;
  if (able.size < 2) return { account: single };
  const ids = references.slice(0, mostVerified).map(({ id }) => accounts.read(id, false).id);
  return { search: { ids, accounts: [...able].slice(0, mostAccounts) } };
}

/** Whether a deployment can read what is stored at all. Where answers are translated, nothing is stored. */
function reads(call: StoringCall, runtime: DeploymentRuntime, references: readonly StoredId[]): boolean {
  const { provider, deployment } = runtime;
  if (!runtime.serves(call.row.name)) return false;
  try {
    const model = concreteModel(deployment, call.captures);
    const refused = provider.unsupportedFields?.(call.row.name, { deployment, model, request: call.request as never });
    return !(refused ?? []).some((field) =>
      references.some(({ path }) => path === field || path.startsWith(`${field}.`)),
    );
  } catch {
    // Reported where the candidates are chosen.
    return true;
  }
}

/** The error for a request that refers to something that no deployment of a group stores. */
export function notFoundIn(call: StoringCall, group: GroupRuntime): RouterError {
  return notFound(call.row.stored?.of(call.request)[0] as StoredId, group);
}

/** The error for an id that no account of a group is known to store. It begins as a vendor's would. */
function notFound({ path, id }: StoredId, group: GroupRuntime): RouterError {
  const isResponse = path === "previous_response_id";
  const subject = isResponse ? "Previous response" : path === "conversation" ? "Conversation" : "Item";
  return createError({
    kind: "not_found",
    param: path,
    ...(isResponse ? { code: "previous_response_not_found" } : {}),
    message: `${subject} with id '${id.slice(0, 200)}' not found. No deployment of "${group.name}" is known to store it: its deployment may have been removed or have got another key. Send the whole input instead.`,
  });
}

const mostNamed = 3;

/**
 * Adds to the failure of a group where that is stored what the request refers to, since no other deployment could serve the
 * request, and what the caller can do. Does nothing if the request refers to nothing, or if it is at fault itself.
 */
export function adviseStored(call: StoringCall, stored: StoredNames, group: GroupRuntime, error: RouterError): void {
  const references = call.row.stored?.of(call.request) ?? none;
  const [first] = references;
  if (first === undefined || error.blame === "request" || error.blame === "caller" || isMissing(error)) return;
  const known = stored.searched
    ? group.runtimes.filter(({ deployment }) => deployment.id === error.deploymentId)
    : group.runtimes.filter((runtime) => !stored.excludes(runtime));
  const holders = known.filter((runtime) => reads(call, runtime, references));
  if (stored.account === undefined || holders.length === 0) return;
  const names = holders.slice(0, mostNamed).map(({ deployment }) => publicName(deployment, call.captures));
  const place = names.join(" and ");
  const found = stored.searched
    ? `may be stored at ${place}; no other deployment has it.`
    : `can only be stored at ${place}, so no other deployment can serve this request.`;
  error.advise(`What ${first.path} names ${found} Try again ${when(error)}, or send the whole input instead.`);
}

/** When to ask again, in words. */
export function when({ retryAfterMs }: RouterError): string {
  return retryAfterMs === undefined ? "later" : `in ${String(Math.ceil(retryAfterMs / 1000))} s`;
}

const none: readonly StoredId[] = Object.freeze([]);

function differentAccounts(first: string, second: string): RouterError {
  return createError({
    kind: "bad_request",
    param: second,
    message: `${first} and ${second} are stored in different accounts, so no deployment can read both. Send the content of one of them instead of its id.`,
  });
}
