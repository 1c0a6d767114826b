import type { CallOptions, JsonObject, OperationName } from "@modelyard/core";
import { callerBounds, createError, isJsonObject, type OperationRow, operations } from "@modelyard/core/kit";
import { choice, type Fault, fault, kindOf, noSuchOption, type Rule } from "@modelyard/core/options";
import { acceptedTypes, rulesFor, type Setting, settings } from "@modelyard/core/settings";
import type { Ceiling } from "../plan/ceilings.js";
import type { Snapshot } from "../plan/snapshot.js";
import { Call } from "./call.js";
import { splitControlFields } from "./control-fields.js";
import { atMost } from "./field-values.js";
import type { Services } from "./services.js";

/** The arguments of a call, as the caller passed them. */
export interface GivenCall {
  readonly operation: OperationName;
  readonly body: JsonObject;
  readonly options: CallOptions | undefined;
}

/**
 * Creates a call from a request. Merges the options of code and body, and lowers those of clients to their ceilings.
 * @throws `bad_request` that names the invalid field or option
 */
export function openCall(services: Services, snapshot: Snapshot, { operation, body, options: given }: GivenCall): Call {
  const isCapped = checkCall(operation, body, given);
  const row = rows.get(operation) as NamedRow;
  const { request, options } = splitControlFields(body, row, given?.forwardHeaders);
  const requestedModel = request["model"];
  if (typeof requestedModel !== "string" || requestedModel === "")
    throw createError({ kind: "bad_request", param: "model", message: "model is required. Name a model group." });
  const items = request[row.required];
  if (items == null) checkRequired(request, row);
  // A list of numbers is one text, given as tokens.
  if (Array.isArray(items) && items.length > callerBounds.items && typeof items[0] !== "number")
    atMost(row.required, items.length, callerBounds.items, "entries");
  const wrong = row.check?.(request);
  if (wrong !== undefined) throw createError({ kind: "bad_request", param: wrong.path, message: wrong.message });
  const fromClient = given?.fromClient === true;
  const client = fromClient ? mergeOptions(given, options) : options;
  const lowered =
    client !== undefined && (isCapped || options !== undefined) ? aboveCeilings(client, snapshot.ceilings) : undefined;
  const chosen = lowered === undefined ? client : { ...client, ...lowered.options };
  const call = new Call({
    services,
    snapshot,
    operation: row,
    request,
    requestText: request === body ? given?.requestText : undefined,
    requestedModel,
    options: fromClient ? (chosen ?? given) : mergeOptions(given, chosen),
    retriesByClient: client?.numRetries !== undefined && (fromClient || given?.numRetries === undefined),
  });
  if (lowered !== undefined) call.trail.cappedParams = lowered.fields;
  return call;
}

/** @throws `bad_request` unless something takes the place of the required field */
function checkRequired(request: JsonObject, { required, insteadOfRequired = [] }: OperationRow): void {
  if (insteadOfRequired.some((field) => request[field] != null)) return;
  throw createError({ kind: "bad_request", param: required, message: `${required} is required.` });
}

type NamedRow = (typeof operations)[OperationName];

const rows: ReadonlyMap<string, NamedRow> = new Map(Object.entries(operations));
const isOperation = choice([...rows.keys()]);

/** How an option is checked. */
interface OptionCheck {
  /** Values of this type need no further check. */
  readonly type: string | undefined;
  readonly rule: Rule;
  /** Whether clients have a ceiling for it. */
  readonly isCapped: boolean;
}

const checks: ReadonlyMap<string, OptionCheck> = new Map(
  Object.entries<Rule>(rulesFor("call")).map(([name, rule]) => {
    const row: Setting = settings[name as keyof CallOptions];
    const type = acceptedTypes[row.call?.kind ?? row.kind];
    return [name, { type, rule, isCapped: row.call?.ceiling !== undefined }] as const;
  }),
);

/**
 * Checks the arguments that code passed for one call. Most options cost only a lookup and a comparison.
 * @returns whether an option is set that has a ceiling for clients
 * @throws `bad_request` that names the invalid argument or option
 */
export function checkCall(operation: string, request: unknown, options: CallOptions | undefined): boolean {
  const unknown = rows.has(operation) ? undefined : isOperation(operation, "operation");
  if (unknown !== undefined) refuseCall(unknown);
  if (!isJsonObject(request))
    refuseCall(fault("request", `expected an object, got ${kindOf(request)}.`, 'Write { model: "gpt-4", ... }.'));
  if (options === undefined) return false;
  if (!isJsonObject(options)) refuseCall(fault("options", `expected an object, got ${kindOf(options)}.`));
  let isCapped = false;
  for (const key in options) {
    const value = options[key as keyof CallOptions];
    const check = checks.get(key);
    if (check === undefined) refuseCall(noSuchOption(key, key, checks.keys()));
    if (check.isCapped) isCapped = true;
    if (value === undefined || typeof value === check.type) continue;
    const found = check.rule(value, key);
    if (found !== undefined) refuseCall(found);
  }
  return isCapped;
}

function refuseCall({ path, problem, fix }: Fault): never {
  throw createError({ kind: "bad_request", param: path, message: `${path}: ${problem} ${fix}` });
}

interface LoweredOptions {
  /** The options with their lowered values. */
  readonly options: CallOptions;
  /** The body fields of the lowered options. */
  readonly fields: readonly string[];
}

/**
 * Finds the options of a client that are above their ceilings.
 * @returns `undefined`, without allocating anything, if there are none
 */
function aboveCeilings(options: CallOptions, ceilings: readonly Ceiling[]): LoweredOptions | undefined {
  let lowered: { readonly options: Record<string, unknown>; readonly fields: string[] } | undefined;
  for (let index = 0; index < ceilings.length; index += 1) {
    const ceiling = ceilings[index] as Ceiling;
    const asked = options[ceiling.name];
    // The ceiling is read only if needed: V8's interpreter allocates an object for a number that may be a fraction
    // (bench/src/guard).
    if (asked === undefined || (asked as number) <= ceiling.most) continue;
    const { name, field, most } = ceiling;
    lowered ??= { options: {}, fields: [] };
    lowered.options[name] = most;
    lowered.fields.push(field);
  }
  return lowered;
}

/** Merges options from code and body, where code wins. Cache controls are merged one by one. */
export function mergeOptions(code: CallOptions | undefined, body: CallOptions | undefined): CallOptions {
  if (body === undefined) return code ?? none;
  if (code === undefined) return body;
  if (code.cache === undefined || body.cache === undefined) return { ...body, ...code };
  return { ...body, ...code, cache: { ...body.cache, ...code.cache } };
}

const none: CallOptions = Object.freeze({});
