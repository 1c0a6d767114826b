import type { Deployment, JsonObject, OperationName } from "@modelyard/core";
import type { Refusals } from "@modelyard/core/kit";
import type { MessageRules } from "./fit-messages.js";
import type { HostRefusals } from "./host-refusals.js";
import { type ModelRefusals, refusalsOfModel, responsesRefusalsOfModel } from "./model-refusals.js";

/** What one model at one host refuses in the requests of one operation. */
export interface RequestRules {
  readonly fields: ReadonlySet<string>;
  /** Fields that are refused for some requests only. */
  readonly sometimes: ModelRefusals["sometimes"];
  /**
   * Those of the fields above that a request in its caller's own words keeps, unless they may be dropped: the vendor itself says
   * best what is wrong with them.
   */
  readonly vendorsOwn: ReadonlySet<string>;
  /** Fields that the host accepts but ignores. They are dropped and reported, never refused. */
  readonly ignored: ReadonlySet<string>;
  /** The host's names of fields, by their usual names. */
  readonly renames: ReadonlyMap<string, string>;
  /** `undefined`: messages and tools are sent as they are. */
  readonly messages: MessageRules | undefined;
}

export interface RulesInput {
  readonly operation: OperationName;
  readonly provider: string;
  /** What the table says; `undefined`: nothing is known about the host. */
  readonly host: HostRefusals | undefined;
  /** What the provider's options say. */
  readonly added: Refusals | undefined;
  readonly streamUsage: boolean;
  readonly deployment: Deployment;
  readonly model: string;
}

/** Two names of one limit: a host that refuses one accepts the other. */
const limits = ["max_tokens", "max_completion_tokens"] as const;

/** Fields that do not change the answer. They are dropped and reported instead of refused. */
export const hints: ReadonlySet<string> = new Set([
  "cache_control",
  "prompt_cache_key",
  "prompt_cache_retention",
  "safety_identifier",
  "store",
  "stream_options",
  "user",
]);

/** What models refuse, for the operations that the tables are about. */
const modelTables: Readonly<Partial<Record<OperationName, typeof refusalsOfModel>>> = {
  chat: refusalsOfModel,
  responses: responsesRefusalsOfModel,
};
/** Operations to which the tables of hosts apply: they are about chats. */
const tabled: ReadonlySet<OperationName> = new Set(["chat"]);
/** Operations whose streams report their usage on request. */
const withStreamUsage: ReadonlySet<OperationName> = new Set(["chat", "text_completion"]);

/** @returns `undefined`: requests are sent as they are */
export function compileRules(input: RulesInput): RequestRules | undefined {
  const { operation, provider, host, added, deployment, model } = input;
  const own = [added, deployment.refuses];
  const known = tabled.has(operation);
  const layers: readonly (HostRefusals | undefined)[] = known ? [host, ...own] : own;
  const ofModel = modelTables[operation]?.(provider, model, deployment.baseModel);
  const fields = new Set([
    ...layers.flatMap((layer) => layer?.fields ?? []),
    ...(ofModel?.fields ?? []),
    ...(input.streamUsage || !withStreamUsage.has(operation) ? [] : ["stream_options"]),
  ]);
  const ignored = new Set(layers.flatMap((layer) => layer?.ignores ?? []));
  const renames = renamesOf([...layers, ofModel], fields);
  const messages = known ? messageRules(layers) : undefined;
  const allowed = new Set(deployment.allowedOpenaiParams);
  for (const field of allowed) for (const rule of [fields, ignored, renames]) rule.delete(field);
  const sometimes = ofModel?.sometimes;
  const anything = fields.size > 0 || ignored.size > 0 || renames.size > 0 || sometimes !== undefined;
  if (!anything && messages === undefined) return undefined;
  const refusedAnyway = new Set(layers.flatMap((layer) => layer?.fields ?? []));
  const ofVendor = known ? [] : [...(ofModel?.fields ?? []), ...(sometimes?.fields ?? [])];
  const vendorsOwn = new Set(ofVendor.filter((field) => !refusedAnyway.has(field)));
  return { fields, sometimes, vendorsOwn, ignored, renames, messages };
}

function renamesOf(
  layers: readonly (Pick<Refusals, "renames"> | undefined)[],
  fields: ReadonlySet<string>,
): Map<string, string> {
  const renames = new Map(layers.flatMap((layer) => Object.entries(layer?.renames ?? {})));
  for (const [index, field] of limits.entries()) {
    const other = limits[1 - index] ?? field;
    if (fields.has(field) && !fields.has(other)) renames.set(field, other);
  }
  // The model's name for a limit takes precedence over its host's: otherwise each would be renamed to the other.
  for (const [field, other] of renames) if (renames.get(other) === field) renames.delete(field);
  return renames;
}

function messageRules(layers: readonly (HostRefusals | undefined)[]): MessageRules | undefined {
  const found = layers.filter((layer) => layer !== undefined);
  const fields = new Set(found.flatMap((layer) => layer.messageFields ?? []));
  const partTypes = new Set(found.flatMap((layer) => layer.partTypes ?? []));
  const length = found.findLast((layer) => layer.toolIdLength !== undefined)?.toolIdLength;
  const most = found.findLast((layer) => layer.toolIdMost !== undefined)?.toolIdMost;
  const toolIds = length !== undefined ? { length } : most !== undefined ? { most } : undefined;
  const nulls = found.some((layer) => layer.nulls === true);
  const developerRole = found.findLast((layer) => layer.developerRole !== undefined)?.developerRole === true;
  if (fields.size === 0 && partTypes.size === 0 && toolIds === undefined && !nulls && !developerRole) return undefined;
  const inner = new Set([...fields].filter((field) => !messageOnly.has(field)));
  // Functions and tools have names of their own. The fields that a user lists are those of messages.
  const known = new Set((layers[0]?.messageFields ?? []).filter((field) => !messageOnly.has(field)));
  return { fields, innerFields: inner, toolFields: known, partTypes, nulls, developerRole, toolIds };
}

/** Fields of messages whose names mean something else in parts of their content. */
const messageOnly: ReadonlySet<string> = new Set(["audio", "content", "name", "refusal", "role"]);

/** Whether a field has the same effect as its absence. */
export function isNeutral(field: string, value: unknown): boolean {
  switch (field) {
    case "temperature":
    case "top_p":
    case "n":
      return value === 1;
    case "presence_penalty":
    case "frequency_penalty":
    case "top_logprobs":
      return value === 0;
    case "logprobs":
    case "store":
      return value === false;
    case "parallel_tool_calls":
      return value === true;
    case "reasoning_effort":
      return value === "none";
    case "service_tier":
      return value === "auto" || value === "default";
    case "thinking":
      return isRecord(value) && value["type"] === "disabled";
    case "logit_bias":
      return isRecord(value) && Object.keys(value).length === 0;
    case "stop":
    case "functions":
      return value === "" || (Array.isArray(value) && value.length === 0);
    case "modalities":
      return Array.isArray(value) && value.length === 1 && value[0] === "text";
    default:
      return false;
  }
}

function isRecord(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
