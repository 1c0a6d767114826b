import { hostProblem, originProblem } from "@modelyard/core/kit";
import type { Environment } from "./environment.js";
import type { Finding } from "./findings.js";
import type { ConfigFile } from "./schema.js";

const path = ["general_settings", "cors_allow_origins"] as const;
const variable = "LITELLM_CORS_ORIGINS";

/** Several may stand in one text, with commas between them. */
function split(text: string): readonly string[] {
  return text
    .split(",")
    .map((origin) => origin.trim())
    .filter((origin) => origin !== "");
}

/** What the file says; else what the environment does, where an empty text says nothing. */
function named(config: ConfigFile, environment: Environment): readonly string[] | undefined {
  const written = config.general_settings?.cors_allow_origins;
  if (written !== undefined) return written.flatMap(split);
  const origins = split(environment[variable] ?? "");
  return origins.length === 0 ? undefined : origins;
}

/** Which web pages may call; `undefined`: nobody said. What is no origin is left out: that lets fewer in. */
export function allowedOrigins(config: ConfigFile, environment: Environment): readonly string[] | undefined {
  return named(config, environment)?.filter((origin) => originProblem(origin) === undefined);
}

export function originErrors(config: ConfigFile, environment: Environment): readonly Finding[] {
  const where = config.general_settings?.cors_allow_origins === undefined ? `${variable}: ` : "";
  return (named(config, environment) ?? []).flatMap((origin) => {
    const problem = originProblem(origin);
    return problem === undefined ? [] : [{ path, message: `${where}${problem}` }];
  });
}

function hostsOf(config: ConfigFile): readonly string[] | undefined {
  return config.general_settings?.allowed_hosts?.flatMap(split);
}

/** Which hosts are answered without a master key. What is not the name of a host is omitted: that lets fewer in. */
export function allowedHosts(config: ConfigFile): readonly string[] | undefined {
  return hostsOf(config)?.filter((host) => hostProblem(host) === undefined);
}

export function hostErrors(config: ConfigFile): readonly Finding[] {
  return (hostsOf(config) ?? []).flatMap((host) => {
    const message = hostProblem(host);
    return message === undefined ? [] : [{ path: ["general_settings", "allowed_hosts"], message }];
  });
}
