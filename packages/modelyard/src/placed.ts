import { ConfigError, type ConfigIssue, formatIssue, type ParsedConfig } from "@modelyard/config-yaml";
import { RouterError } from "@modelyard/core";

type Path = readonly (string | number)[];

/** What the router calls an option, and where a file may say it; a list of maps is searched for the name. */
const options: Readonly<Record<string, readonly Path[]>> = {
  modelGroupAlias: [["router_settings", "model_group_alias"]],
  groups: [["router_settings", "model_group_settings"]],
  modelGroupRetryPolicy: [["router_settings", "model_group_retry_policy"]],
  fallbacks: [
    ["router_settings", "fallbacks"],
    ["litellm_settings", "fallbacks"],
  ],
  contextWindowFallbacks: [
    ["router_settings", "context_window_fallbacks"],
    ["litellm_settings", "context_window_fallbacks"],
  ],
  contentPolicyFallbacks: [
    ["router_settings", "content_policy_fallbacks"],
    ["litellm_settings", "content_policy_fallbacks"],
  ],
};

/** Where a file says what the router calls `option`, for one name: an alias, a group. */
export function pathOf(config: ParsedConfig, option: string, name: string): Path | undefined {
  for (const base of options[option] ?? []) {
    if (config.written([...base, name]) !== undefined) return [...base, name];
    for (let index = 0; config.written([...base, index]) !== undefined; index += 1) {
      if (config.written([...base, index, name]) !== undefined) return [...base, index, name];
    }
  }
  if (option === "fallbacks" && name === "*") {
    return [
      ["router_settings", "default_fallbacks"],
      ["litellm_settings", "default_fallbacks"],
    ].find((path) => config.written(path) !== undefined);
  }
  return undefined;
}

function show(path: Path): string {
  return path
    .map((part) => (typeof part === "number" ? `[${String(part)}]` : `.${part}`))
    .join("")
    .replace(/^\./u, "");
}

/** Names that an option has in a file, longest first: some names hold dots. */
function namesIn(config: ParsedConfig, option: string): readonly string[] {
  const value: unknown = (config.router as unknown as Readonly<Record<string, unknown>>)[option];
  const maps: readonly unknown[] = Array.isArray(value) ? (value as readonly unknown[]) : [value];
  const names = maps.flatMap((map) => (typeof map === "object" && map !== null ? Object.keys(map) : []));
  return [...names, "*"].toSorted((left, right) => right.length - left.length);
}

/** What is odd about a configuration, with its place in the file where it has one: `modelGroupAlias.gpt-4: ...`. */
export function placedWarning(warning: string, config: ParsedConfig): string {
  const dot = warning.indexOf(".");
  const [option, rest] = [warning.slice(0, dot), warning.slice(dot + 1)];
  const name = Object.hasOwn(options, option)
    ? namesIn(config, option).find((candidate) => rest.startsWith(`${candidate}: `))
    : undefined;
  const path = name === undefined ? undefined : pathOf(config, option, name);
  if (name === undefined || path === undefined) return warning;
  return formatIssue({ ...config.sourceOf(path), path: show(path), message: rest.slice(name.length + 2) });
}

/** Which deployment of the model list an error is about. */
export function positionIn(thrown: unknown): number | undefined {
  if (!RouterError.isInstance(thrown) || thrown.kind !== "invalid_option") return undefined;
  const index = /^modelList\[(?<index>\d+)\]/u.exec(thrown.param ?? "")?.groups?.["index"];
  return index === undefined ? undefined : Number(index);
}

/** Names of a file for the router's: `apiBase` is `api_base`. */
function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/gu, (letter) => `_${letter.toLowerCase()}`);
}

/** Where a deployment's own settings are that are not among `litellm_params`. */
const besideParameters: Readonly<Record<string, readonly string[]>> = {
  id: ["model_info", "id"],
  modelName: ["model_name"],
  maxInputTokens: ["model_info", "max_input_tokens"],
};

/** Where an error belongs that only shows when the router is built. @param position - of the deployment it is about */
function errorPath(param: string, config: ParsedConfig, position: number | undefined): Path {
  if (position !== undefined) {
    const entry = ["model_list", config.entryOf[position] ?? position];
    const parameters = [...entry, "litellm_params"];
    const field = /^modelList\[\d+\]\.(?<field>\w+)/u.exec(param)?.groups?.["field"] ?? "";
    const candidates = [
      [...parameters, snakeCase(field)],
      ...(Object.hasOwn(besideParameters, field) ? [[...entry, ...(besideParameters[field] ?? [])]] : []),
    ];
    return candidates.find((path) => config.written(path) !== undefined) ?? parameters;
  }
  const callback = /^callbacks\.(?<name>\w+)/u.exec(param)?.groups?.["name"];
  const candidates: readonly Path[] =
    callback === undefined
      ? ["router_settings", "litellm_settings"].map((section) => [section, snakeCase(param)])
      : ["callbacks", "success_callback", "failure_callback"].map((list) => ["litellm_settings", list]);
  return candidates.find((path) => config.written(path) !== undefined) ?? namedPath(param, config) ?? [];
}

/** Where an option for one name was written: `modelGroupAlias.fast`, `fallbacks.gpt-4[0]`. */
function namedPath(param: string, config: ParsedConfig): Path | undefined {
  const dot = param.indexOf(".");
  const option = param.slice(0, Math.max(dot, 0));
  if (!Object.hasOwn(options, option)) return undefined;
  const rest = param.slice(dot + 1);
  const name = namesIn(config, option).find(
    (candidate) => rest === candidate || rest.startsWith(`${candidate}[`) || rest.startsWith(`${candidate}.`),
  );
  return name === undefined ? undefined : pathOf(config, option, name);
}

/** An error that only shows when the router is built, with the place in the file that caused it. */
export function placedIssue(thrown: RouterError, config: ParsedConfig, position: number | undefined): ConfigIssue {
  const param = thrown.param ?? "";
  const path = errorPath(param, config, position);
  const { message } = thrown;
  // The file's own name of it is shown before the message, the router's is not needed then.
  if (path.length === 0 || !message.startsWith(`${param}: `)) return { ...config.sourceOf(path), path: "", message };
  return { ...config.sourceOf(path), path: show(path), message: message.slice(param.length + 2) };
}

/** The same for errors of any kind; what has a place already, or cannot have one, stays as it is. */
export function placedError(thrown: unknown, config: ParsedConfig, position = positionIn(thrown)): unknown {
  if (!RouterError.isInstance(thrown) || thrown.kind !== "invalid_option" || thrown instanceof ConfigError)
    return thrown;
  return new ConfigError([placedIssue(thrown, config, position)]);
}
