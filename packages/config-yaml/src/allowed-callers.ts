import { hostProblem, originProblem } from "@modelyard/core/kit";
import type { Environment } from "./environment.js";
import type { Finding } from "./findings.js";
import type { ConfigFile } from "./schema.js";

const path = ["general_settings", "cors_allow_origins"] as const;
const variable = "LITELLM_CORS_ORIGINS";

/** One string may list several origins, separated by commas. */
function split(text: string): readonly string[] {
  return text
    .split(",")
    .map((origin) => origin.trim())
    .filter((origin) => origin !== "");
}

/** The origins from the file, or else from the environment, where an empty variable counts as not set. */
function configuredOrigins(config: ConfigFile, environment: Environment): readonly string[] | undefined {
  const written = config.general_settings?.cors_allow_origins;
  if (written !== undefined) return written.flatMap(split);
  const origins = split(environment[variable] ?? "");
  return origins.length === 0 ? undefined : origins;
}

/**
 * The origins of web pages that may call, or `undefined` if neither the file nor the environment sets them. Invalid
 * entries are omitted, which only ever lets fewer pages in.
 */
export function allowedOrigins(config: ConfigFile, environment: Environment): readonly string[] | undefined {
  return configuredOrigins(config, environment)?.filter((origin) => originProblem(origin) === undefined);
}

export function originErrors(config: ConfigFile, environment: Environment): readonly Finding[] {
  const where = config.general_settings?.cors_allow_origins === undefined ? `${variable}: ` : "";
  return (configuredOrigins(config, environment) ?? []).flatMap((origin) => {
    const problem = originProblem(origin);
    return problem === undefined ? [] : [{ path, message: `${where}${problem}` }];
  });
}

function hostsOf(config: ConfigFile): readonly string[] | undefined {
  return config.general_settings?.allowed_hosts?.flatMap(split);
}

/** The host names that are served without a master key. Invalid names are omitted, which only ever lets fewer in. */
export function allowedHosts(config: ConfigFile): readonly string[] | undefined {
  return hostsOf(config)?.filter((host) => hostProblem(host) === undefined);
}

export function hostErrors(config: ConfigFile): readonly Finding[] {
  return (hostsOf(config) ?? []).flatMap((host) => {
    const message = hostProblem(host);
    return message === undefined ? [] : [{ path: ["general_settings", "allowed_hosts"], message }];
  });
}
