import { settings, type SettingName, unitOf } from "@modelyard/core/settings";
import type { ExplainedSetting } from "modelyard";
import type { Origin } from "./origins.js";

/** A setting with the place that its value comes from. */
export interface PlacedSetting extends ExplainedSetting {
  readonly origin: Origin;
}

/** One line of an explanation. */
export interface Row {
  /** The key in a file. */
  readonly label: string;
  readonly value: string;
  /** `provider`: the provider decides. */
  readonly origin: Origin | "environment" | "provider";
}

/** Group settings that have rows of their own. */
export const inGroupRows: ReadonlySet<SettingName> = new Set<SettingName>([
  "numRetries",
  "retryPolicy",
  "maxFallbacks",
  "maxAttempts",
  "deadlineMs",
  "allowedFails",
  "disableCooldowns",
  "cacheResponses",
  "cache.ttlMs",
]);

/** Deployment settings that have rows of their own, or are in the headline. */
export const inDeploymentRows: ReadonlySet<SettingName> = new Set<SettingName>([
  "model",
  "id",
  "info",
  "apiKey",
  "apiBase",
  "order",
  "weight",
  "rpm",
  "tpm",
  "maxParallelRequests",
  "tags",
  "regionName",
  "timeoutMs",
  "streamTimeoutMs",
  "timeouts.connectMs",
  "timeouts.headersMs",
  "timeouts.firstTokenMs",
  "timeouts.idleMs",
  "timeouts.totalMs",
  "numRetries",
  "cooldownMs",
  "inputCostPerToken",
  "outputCostPerToken",
  "maxInputTokens",
  "capabilities.tools",
  "capabilities.vision",
  "capabilities.jsonSchema",
]);

const plainWord = /^[\w./:-]+$/u;

function snakeCase(name: string): string {
  return /^[a-z]/u.test(name) ? name.replaceAll(/[A-Z]/gu, (letter) => `_${letter.toLowerCase()}`) : name;
}

/** Formats a value as a file would contain it. Names of options are written in the file's spelling. */
export function inYaml(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inYaml).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    const fields = Object.entries(value).filter(([, inner]) => inner !== undefined);
    return `{ ${fields.map(([key, inner]) => `${snakeCase(key)}: ${inYaml(inner)}`).join(", ")} }`;
  }
  return typeof value === "string" && plainWord.test(value) ? value : JSON.stringify(value);
}

function shown(name: SettingName, value: unknown): string {
  const { kind } = settings[name];
  if (unitOf(kind) === "seconds") return `${String(Number(value) / 1000)} s`;
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value.join(", ");
  return typeof value === "string" ? value : inYaml(value);
}

const sections = /^(?:router_settings|litellm_settings|litellm_params|model_info)\./u;

/** The key by which a file sets a setting, without the section that it is in. */
function keyOf(name: SettingName): string {
  const {
    router = [],
    group = [],
    deployment = [],
  } = settings[name] as {
    readonly [Place in "router" | "group" | "deployment"]?: readonly (string | { readonly path: string })[];
  };
  const [first] = [...router, ...group, ...deployment];
  return (typeof first === "string" ? first : first?.path)?.replace(sections, "") ?? name;
}

/** Rows for all settings that have a value and no row of their own. */
export function otherRows(list: readonly PlacedSetting[], known: ReadonlySet<SettingName>): readonly Row[] {
  return list
    .filter(({ name, value }) => value !== undefined && !known.has(name))
    .map(({ name, value, origin }) => ({ label: keyOf(name), value: shown(name, value), origin }));
}
