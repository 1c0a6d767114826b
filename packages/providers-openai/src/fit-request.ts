import type { JsonObject, ProviderCall } from "@modelyard/core";
import { createProviderError, type FieldsCall, type MaybePromise, mayDrop } from "@modelyard/core/kit";
import { type FittedMessages, fitMessages } from "./fit-messages.js";
import { hints, isNeutral, type RequestRules } from "./request-rules.js";

export interface Fitted {
  readonly call: ProviderCall;
  /** Fields that were removed and would have had an effect. */
  readonly dropped: readonly string[];
}

/** What happens to the fields of a request that its host or model does not accept as they are. */
interface Sorted {
  /** The new name for each old one. */
  readonly renamed: ReadonlyMap<string, string>;
  /** Removed and reported. */
  readonly dropped: readonly string[];
  /** Removed without a report: they say what would be the case without them. */
  readonly neutral: readonly string[];
  /** Refused unless they may be dropped. */
  readonly refused: readonly string[];
}

function isTouched(field: string, request: JsonObject, { fields, sometimes, ignored, renames }: RequestRules): boolean {
  if (fields.has(field) || renames.has(field) || ignored.has(field)) return true;
  return sometimes?.fields.includes(field) === true && sometimes.when(request);
}

/**
 * @param stays - whether a field that the rules touch is still sent as it is
 * @returns `undefined`: all fields are sent as they are
 */
function sortFields(
  rules: RequestRules,
  { request: given, allowedParams }: FieldsCall,
  stays?: (field: string) => boolean,
): Sorted | undefined {
  const request = given as unknown as JsonObject;
  let touched: string[] | undefined;
  for (const field in request) {
    if (request[field] === undefined || !isTouched(field, request, rules)) continue;
    if (allowedParams?.includes(field) === true || stays?.(field) === true) continue;
    touched ??= [];
    touched.push(field);
  }
  if (touched === undefined) return undefined;
  const renamed = new Map<string, string>();
  const dropped: string[] = [];
  const neutral: string[] = [];
  const refused: string[] = [];
  for (const field of touched) {
    const name = rules.renames.get(field);
    if (name !== undefined && request[name] === undefined) renamed.set(field, name);
    // The value under the right name takes precedence.
    else if (name !== undefined || hints.has(field) || rules.ignored.has(field))
      (isNeutral(field, request[field]) ? neutral : dropped).push(field);
    else (isNeutral(field, request[field]) ? neutral : refused).push(field);
  }
  return { renamed, dropped, neutral, refused };
}

/** The fields of a request that are refused unless they may be dropped. */
export function refusedFields(rules: RequestRules, call: FieldsCall): readonly string[] {
  return sortFields(rules, call)?.refused ?? none;
}

const none: readonly string[] = Object.freeze([]);

/**
 * A call as its host and model accept it: with the field names that they know, and messages without what they refuse. A
 * long one is fitted in several turns of the event loop.
 * @param translated - whether the request was translated from another wire. Others keep what the rules leave to the vendor.
 * @returns `undefined`: it is sent as it is
 * @throws `unsupported_params` naming the fields that are refused and may not be dropped
 */
export function fitRequest(
  rules: RequestRules,
  call: ProviderCall,
  provider: string,
  translated: boolean,
): MaybePromise<Fitted> | undefined {
  const { vendorsOwn } = rules;
  const stays =
    translated || vendorsOwn.size === 0
      ? undefined
      : (field: string): boolean => vendorsOwn.has(field) && !mayDrop(call.dropParams, field);
  const sorted = sortFields(rules, call, stays);
  if (sorted !== undefined) throwRefused(sorted.refused, call, provider);
  const request = call.request as unknown as JsonObject;
  const messages = rules.messages === undefined ? undefined : fitMessages(request, rules.messages);
  if (sorted === undefined && messages === undefined) return undefined;
  return messages instanceof Promise ? fitLater(messages, sorted, call) : fit(messages, sorted, call);
}

async function fitLater(
  messages: Promise<FittedMessages>,
  sorted: Sorted | undefined,
  call: ProviderCall,
): Promise<Fitted> {
  return fit(await messages, sorted, call);
}

function fit(messages: FittedMessages | undefined, sorted: Sorted | undefined, call: ProviderCall): Fitted {
  const dropped = [...(messages?.dropped ?? []), ...(sorted?.dropped ?? []), ...(sorted?.refused ?? [])];
  const request = messages?.request ?? call.request;
  const left = sorted === undefined ? request : without(request, sorted, call, dropped);
  return { call: { ...call, request: left as unknown as ProviderCall["request"], requestText: undefined }, dropped };
}

function without(
  request: JsonObject,
  sorted: Sorted,
  { omittedFields = none }: ProviderCall,
  dropped: string[],
): JsonObject {
  const out = new Set([...sorted.dropped, ...sorted.neutral, ...sorted.refused]);
  const entries: [string, unknown][] = [];
  for (const [field, value] of Object.entries(request)) {
    const name = sorted.renamed.get(field) ?? field;
    if (out.has(field)) continue;
    // The operator does not want a field of that name to be sent, whatever it was called before.
    if (name !== field && omittedFields.includes(name)) dropped.push(field);
    else entries.push([name, value]);
  }
  return Object.fromEntries(entries);
}

function throwRefused(refused: readonly string[], { dropParams, model }: ProviderCall, provider: string): void {
  const kept = refused.filter((field) => !mayDrop(dropParams, field));
  if (kept.length === 0) return;
  throw createProviderError({
    kind: "unsupported_params",
    provider,
    param: kept[0] ?? "",
    message: `${provider} (${model}) does not accept ${kept.join(", ")}. Omit it, set dropParams (drop_params in YAML) to true, or list it in allowedOpenaiParams (allowed_openai_params) to send it anyway.`,
  });
}
