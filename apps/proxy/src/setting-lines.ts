import { settings, type SettingName, unitOf } from "@modelyard/core/settings";
import type { ExplainedSetting } from "modelyard";
import type { Origin } from "./origins.js";

/** A setting with the place that its value comes from. */
export interface PlacedSetting extends ExplainedSetting {
  readonly origin: Origin;
}

/** Group settings that `explain.ts` shows on lines of its own. */
export const inGroupLines: ReadonlySet<SettingName> = new Set<SettingName>([
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

/** Deployment settings that `explain.ts` shows on lines of its own. */
export const inDeploymentLines: ReadonlySet<SettingName> = new Set<SettingName>([
  "model",
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

export function place(origin: Origin | undefined): string {
  if (origin === undefined) return "";
  return typeof origin === "string" ? `(${origin})` : `(${origin.file}:${String(origin.line)})`;
}

function shown(name: SettingName, value: unknown): string {
  const { kind } = settings[name];
  if (unitOf(kind) === "seconds") return `${String(Number(value) / 1000)} s`;
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value.join(", ");
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The key by which a file sets a setting. */
function keyOf(name: SettingName): string {
  const {
    router = [],
    group = [],
    deployment = [],
  } = settings[name] as {
    readonly [Place in "router" | "group" | "deployment"]?: readonly (string | { readonly path: string })[];
  };
  const [first] = [...router, ...group, ...deployment];
  return (typeof first === "string" ? first : first?.path)?.split(".").at(-1) ?? name;
}

/** Lines such as `slow_start: 10 s  (config.yaml:12)` for all settings that have a value and are not shown yet. */
export function otherLines(list: readonly PlacedSetting[], known: ReadonlySet<SettingName>): readonly string[] {
  return list
    .filter(({ name, value }) => value !== undefined && !known.has(name))
    .map(({ name, value, origin }) => `${keyOf(name)}: ${shown(name, value)}  ${place(origin)}`);
}
