import { Secret } from "@modelyard/core";
import type { Environment } from "./environment.js";
import type { Finding } from "./findings.js";
import type { ModuleChoice, ParsedConfig, RedisSettings } from "./parsed-config.js";
import type { CacheParams, ConfigFile } from "./schema.js";
import { given } from "./given.js";
import type { CacheType } from "./setting-values.js";

/** The cache settings of both places, where `cache_params` wins over `cache_kwargs`. */
export function cacheParameters(config: ConfigFile): CacheParams {
  return { ...config.router_settings?.cache_kwargs, ...config.litellm_settings?.cache_params };
}

/** The type of cache, which decides which type-specific keys apply. */
export function cacheTypeOf(config: ConfigFile): CacheType {
  return cacheParameters(config).type === "redis" ? "redis" : "memory";
}

function cachesAnswers(config: ConfigFile): boolean {
  return config.router_settings?.cache_responses ?? config.litellm_settings?.cache ?? false;
}

/** @param module - the module that is the cache, if the file names one */
export function cacheSettings(
  config: ConfigFile,
  hasRedis: boolean,
  module: ModuleChoice | undefined,
): ParsedConfig["cache"] {
  if (!cachesAnswers(config)) return undefined;
  const parameters = cacheParameters(config);
  if (module !== undefined) return { type: "custom", module };
  return given<NonNullable<ParsedConfig["cache"]>>({
    type: hasRedis && parameters.type !== "local" ? "redis" : "local",
    maxEntries: parameters.max_entries,
    maxBytes: parameters.max_bytes,
  });
}

/**
 * How to reach Redis, or `undefined` if no address is set. LiteLLM's `REDIS_*` variables only count if the file asks
 * for a cache in Redis.
 */
export function redisSettings(config: ConfigFile, environment: Environment): RedisSettings | undefined {
  const router = config.router_settings ?? {};
  const parameters = cacheParameters(config);
  const wanted =
    parameters.type === "redis" || (config.litellm_settings?.cache === true && parameters.type === undefined);
  const variable = (name: string): string | undefined => {
    const value = wanted ? environment[name] : undefined;
    return value === "" ? undefined : value;
  };
  const port = variable("REDIS_PORT");
  const settings = given<RedisSettings>({
    url: Secret.of(router.redis_url ?? parameters.url ?? variable("REDIS_URL")),
    host: router.redis_host ?? parameters.host ?? variable("REDIS_HOST"),
    port: router.redis_port ?? parameters.port ?? (port === undefined ? undefined : Number(port)),
    username: router.redis_username ?? parameters.username ?? variable("REDIS_USERNAME"),
    password: Secret.of(router.redis_password ?? parameters.password ?? variable("REDIS_PASSWORD")),
    db: router.redis_db ?? parameters.db,
    tls: parameters.ssl,
    nodes: parameters.redis_startup_nodes,
    sentinels: parameters.sentinel_nodes?.map((node) => ("host" in node ? node : { host: node[0], port: node[1] })),
    masterName: parameters.service_name,
    sentinelPassword: Secret.of(parameters.sentinel_password),
    namespace: undefined,
  });
  const { url, host, nodes, sentinels } = settings;
  return url === undefined && host === undefined && nodes === undefined && sentinels === undefined
    ? undefined
    : settings;
}

/** Reports a cache in Redis that has no address, and a port that is out of range. */
export function redisErrors(config: ConfigFile, environment: Environment): readonly Finding[] {
  const redis = redisSettings(config, environment);
  const inParams = config.litellm_settings?.cache_params?.type === "redis";
  const path = inParams ? ["litellm_settings", "cache_params", "type"] : ["router_settings", "cache_kwargs", "type"];
  if (redis === undefined) {
    return cachesAnswers(config) && cacheParameters(config).type === "redis"
      ? [
          {
            path,
            message:
              "the cache is in Redis, but no address is set. Set host, url, router_settings.redis_host or REDIS_HOST.",
          },
        ]
      : [];
  }
  return redis.port !== undefined && !(Number.isInteger(redis.port) && redis.port <= 65_535)
    ? [
        {
          path,
          message: "the port of Redis must be a whole number up to 65535. Correct redis_port, port or REDIS_PORT.",
        },
      ]
    : [];
}
