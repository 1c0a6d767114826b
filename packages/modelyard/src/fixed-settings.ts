import { isModulePath, type ParsedConfig } from "@modelyard/config-yaml";
import { Secret } from "@modelyard/core";

function builtIn({ redact, ...lists }: ParsedConfig["callbacks"]): unknown {
  return [redact, ...Object.values(lists).map((names) => names.filter((name) => !isModulePath(name)))];
}

/** Settings that are only used at startup, to set up sockets, connections and the vendors' SDKs. */
const fixed: readonly (readonly [names: string, of: (config: ParsedConfig) => unknown])[] = [
  ["general_settings.port and host", ({ proxy }) => [proxy.port, proxy.host]],
  ["general_settings.master_key and litellm_key_header_name", ({ proxy }) => [proxy.masterKey, proxy.keyHeader]],
  ["general_settings.cors_allow_origins and allowed_hosts", ({ proxy }) => [proxy.allowedOrigins, proxy.allowedHosts]],
  ["general_settings.max_request_size_mb", ({ proxy }) => proxy.maxRequestBytes],
  ["litellm_settings.require_auth_for_metrics_endpoint", ({ proxy }) => proxy.requireAuthForMetrics],
  ["callbacks that are not modules", ({ callbacks }) => builtIn(callbacks)],
  ["set_verbose", ({ verbose }) => verbose],
  ["the type and size of the cache", ({ cache }) => (cache?.type === "custom" ? cache.type : cache)],
  ["the connection to Redis", ({ redis }) => redis],
];

/** Serializes a value for comparison, including its secrets: `JSON.stringify` alone hides them. */
function comparable(value: unknown): string | undefined {
  return JSON.stringify(plain(value));
}

function plain(value: unknown): unknown {
  if (value instanceof Secret) return value.reveal();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

/** Warnings about changed settings that only take effect at the next start, as sentences. */
export function fixedSettings(running: ParsedConfig, changed: ParsedConfig): readonly string[] {
  return fixed
    .filter(([, of]) => comparable(of(running)) !== comparable(of(changed)))
    .map(([names]) => `${names}: changed in the file; the change takes effect at the next start.`);
}
