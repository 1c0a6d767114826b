import { type JsonObject, Secret } from "@modelyard/core";
import type { AliasTarget, FallbackEntry, Refusals } from "@modelyard/core/kit";
import {
  type FilePaths,
  type KindValues,
  type OptionsAt,
  partsOf,
  type Place,
  rowsAt,
  type Setting,
} from "@modelyard/core/settings";
import { operationOf } from "./call-types.js";
import { given } from "./given.js";
import { toAllowedFailsPolicy, toRetryPolicy } from "./policies.js";
import type { Written, WrittenKind } from "./setting-schemas.js";

type RawEntry = string | ({ readonly model: string } & Readonly<Record<string, unknown>>);

function fallbackEntry(entry: RawEntry): FallbackEntry {
  if (typeof entry === "string") return entry;
  const { model, ...others } = entry;
  const fields = Object.entries(others);
  return {
    model,
    set: Object.fromEntries(fields.filter(([, value]) => value !== null)),
    unset: fields.filter(([, value]) => value === null).map(([key]) => key),
  };
}

function mergeExtraBody({ extra_body: extra, ...others }: Written["requestFields"]): JsonObject {
  return { ...others, ...extra };
}

function refusals(written: Written["refusals"]): Refusals {
  return given<Refusals>({
    fields: written.fields,
    renames: written.renames,
    messageFields: written.message_fields,
    developerRole: written.developer_role,
    toolIdLength: written.tool_id_length,
  });
}

const same = <Value>(value: Value): Value => value;
const milliseconds = (seconds: number): number => seconds * 1000;

/** Converts a value of the file to an option, by kind. The type makes sure that no kind is missing. */
const toOption: { readonly [K in WrittenKind]: (written: Written[K]) => KindValues[K] } = {
  count: same,
  positiveCount: same,
  amount: same,
  number: same,
  price: same,
  share: same,
  rate: same,
  duration: milliseconds,
  timeLimit: milliseconds,
  flag: same,
  text: same,
  texts: same,
  fields: same,
  requestFields: mergeExtraBody,
  // A list produces several deployments: see `toDeployments`.
  headerText: (organizations) => (Array.isArray(organizations) ? (organizations[0] ?? "") : organizations),
  headers: (written) =>
    Object.fromEntries(Object.entries(written).map(([name, value]) => [name, new Secret(value)] as const)),
  apiKey: (written) => (written.trim() === "" ? undefined : written),
  address: same,
  deploymentId: same,
  groupName: same,
  modelName: same,
  aliases: (aliases) => aliases as Readonly<Record<string, AliasTarget>>,
  routingGroups: (groups) => Object.fromEntries(groups.map((group) => [group.group_name, group.models])),
  fallbacks: (maps) =>
    maps.map((map) =>
      Object.fromEntries(Object.entries(map).map(([group, entries]) => [group, entries.map(fallbackEntry)])),
    ),
  fallbackList: (entries) => entries.map(fallbackEntry),
  retryPolicy: toRetryPolicy,
  groupRetryPolicies: (policies) =>
    Object.fromEntries(Object.entries(policies).map(([group, policy]) => [group, toRetryPolicy(policy)])),
  allowedFailsPolicy: toAllowedFailsPolicy,
  affinity: same,
  dropParams: same,
  fieldPaths: same,
  midStreamFallback: same,
  operations: (names) => [...new Set(names.flatMap((name) => operationOf.get(name) ?? []))],
  groupLists: same,
  capability: same,
  refusals,
  continuation: same,
  finishReasons: same,
  clientSideParams: (allowed) => allowed.map((one) => (typeof one === "string" ? one : { apiBase: one.api_base })),
};

/**
 * Whether a value counts as not set. As in LiteLLM, so do an empty list of fallbacks and an empty mapping of headers.
 */
function isUnset({ kind }: Setting, value: unknown): boolean {
  if (value === undefined) return true;
  if (kind === "fallbacks") return (value as readonly unknown[]).length === 0;
  return (kind === "headers" || kind === "groupRetryPolicies") && Object.keys(value as object).length === 0;
}

/** The value at a path of a file, or `undefined` if it is not set or empty. */
function valueAt(root: unknown, path: readonly string[]): unknown {
  let value = root;
  for (const key of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[key];
  }
  return value ?? undefined;
}

export type CacheType = "redis" | "memory";

/** The paths of a row that apply to a cache of this type, ordered by precedence. */
export function countingPaths(paths: FilePaths, cache: CacheType): readonly string[] {
  return paths.flatMap((entry) => {
    if (typeof entry === "string") return [entry];
    return entry.in === cache ? [entry.path] : [];
  });
}

function optionOf(setting: Setting, value: unknown): unknown {
  switch (setting.kind) {
    case "choice":
      return value;
    case "groups":
      return Object.fromEntries(
        Object.entries(value as object).map(([group, entry]) => [group, optionsFrom("group", entry)]),
      );
    case "objectOrOff":
      return value === false ? false : {};
    default:
      return Object.hasOwn(toOption, setting.kind)
        ? (toOption[setting.kind as WrittenKind] as (written: unknown) => unknown)(value)
        : undefined;
  }
}

/** A row of the settings table, prepared for reading files. */
interface FileRow {
  readonly parent: string | undefined;
  readonly key: string;
  readonly setting: Setting;
  readonly paths: readonly (readonly string[])[];
}

type FilePlace = Exclude<Place, "call">;

function fileRows(place: FilePlace, cache: CacheType): readonly FileRow[] {
  return rowsAt(place).map(([name, setting]) => ({
    ...partsOf(name),
    setting,
    paths: countingPaths(setting[place] ?? [], cache).map((path) => path.split(".")),
  }));
}

/** Prepared once, because a file may have thousands of deployments. */
const rowsOf: { readonly [At in FilePlace]: Readonly<Record<CacheType, readonly FileRow[]>> } = {
  router: { memory: fileRows("router", "memory"), redis: fileRows("router", "redis") },
  group: { memory: fileRows("group", "memory"), redis: fileRows("group", "redis") },
  deployment: { memory: fileRows("deployment", "memory"), redis: fileRows("deployment", "redis") },
};

function writtenAt(root: unknown, { setting, paths }: FileRow): unknown {
  for (const path of paths) {
    const value = valueAt(root, path);
    if (!isUnset(setting, value)) return value;
  }
  return undefined;
}

/**
 * Reads the options that a part of a file sets.
 * @param root - the value that the rows' paths start from: the file, an entry of `model_list`, or a group's settings
 */
export function optionsFrom<At extends FilePlace>(
  place: At,
  root: unknown,
  cache: CacheType = "memory",
): Partial<OptionsAt[At]> {
  const options: Record<string, unknown> = {};
  for (const row of rowsOf[place][cache]) {
    const value = writtenAt(root, row);
    const option = value === undefined ? undefined : optionOf(row.setting, value);
    if (option === undefined) continue;
    const { parent, key } = row;
    if (parent === undefined) options[key] = option;
    // A parent that is `false` is turned off, so its parts have no effect.
    else if (options[parent] !== false) options[parent] = { ...(options[parent] as object | undefined), [key]: option };
  }
  return options as Partial<OptionsAt[At]>;
}
