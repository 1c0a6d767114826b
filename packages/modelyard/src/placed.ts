import { ConfigError, type ConfigIssue, filePathsOf, type ParsedConfig, showPath } from "@modelyard/config-yaml";
import { type ConfigWarning, RouterError } from "@modelyard/core";
import { formatWarning, type OptionPath, problemOf } from "@modelyard/core/kit";
import { inYamlWords } from "./yaml-words.js";

type Path = readonly (string | number)[];

/** Splits a path of options into the name of its setting, e.g. `timeouts.connectMs` or `fallbacks`, and the rest. */
function rowOf([first, second, ...rest]: OptionPath, hasRow: (name: string) => boolean) {
  const inner = `${String(first)}.${String(second)}`;
  if (second !== undefined && hasRow(inner)) return { name: inner, rest };
  return { name: String(first ?? ""), rest: second === undefined ? [] : [second, ...rest] };
}

/**
 * The first of these paths that the file contains. If a path leads to a list of mappings, they are searched for `rest`.
 */
function writtenIn(config: ParsedConfig, bases: readonly Path[], rest: Path): Path | undefined {
  for (const base of bases) {
    if (config.written([...base, ...rest]) !== undefined) return [...base, ...rest];
    for (let index = 0; rest.length > 0 && config.written([...base, index]) !== undefined; index += 1)
      if (config.written([...base, index, ...rest]) !== undefined) return [...base, index, ...rest];
  }
  return undefined;
}

/** The same, or the longest part of the path that the file contains. */
function nearestIn(config: ParsedConfig, bases: readonly Path[], rest: Path): Path | undefined {
  for (let length = rest.length; length >= 0; length -= 1) {
    const found = writtenIn(config, bases, rest.slice(0, length));
    if (found !== undefined) return found;
  }
  return undefined;
}

function deploymentPath(config: ParsedConfig, entry: number, option: OptionPath): Path {
  const place = { at: "deployment", entry } as const;
  const { name, rest } = rowOf(option, (row) => filePathsOf(row, place).length > 0);
  return nearestIn(config, filePathsOf(name, place), rest) ?? ["model_list", entry, "litellm_params"];
}

function groupPath(config: ParsedConfig, group: string, option: OptionPath): Path | undefined {
  const place = { at: "group", group } as const;
  const { name, rest } = rowOf(option, (row) => filePathsOf(row, place).length > 0);
  const whole = ["router_settings", "model_group_settings", group];
  return nearestIn(config, filePathsOf(name, place), rest) ?? writtenIn(config, [whole], []);
}

/** Maps a path of the router's options to the path in the file that sets it, or `undefined` if the file does not. */
export function filePathOf(config: ParsedConfig, option: OptionPath): Path | undefined {
  const [first, second, ...inner] = option;
  if (first === "modelList" && typeof second === "number")
    return deploymentPath(config, config.entryOf[second] ?? second, inner);
  if (first === "groups" && typeof second === "string") return groupPath(config, second, inner);
  const cache = config.cache?.type === "redis" ? "redis" : "memory";
  const router = { at: "router" } as const;
  const { name, rest } = rowOf(option, (row) => filePathsOf(row, router, cache).length > 0);
  // Fallbacks of all groups can also be set by `default_fallbacks`.
  if (name === "fallbacks" && rest[0] === "*") {
    const own = writtenIn(config, filePathsOf(name, router), rest);
    return own ?? writtenIn(config, filePathsOf("defaultFallbacks", router), []);
  }
  return nearestIn(config, filePathsOf(name, router, cache), rest);
}

/** Adds the place in the file to a warning, if it has one. */
export function placedWarning(warning: ConfigWarning, config: ParsedConfig): ConfigIssue {
  const { kind, message } = warning;
  const path = warning.path.length === 0 ? undefined : filePathOf(config, warning.path);
  return path === undefined
    ? { path: "", message: inYamlWords(formatWarning(warning)), kind, file: "", line: 0, column: 0 }
    : { ...config.sourceOf(path), path: showPath(path), message: inYamlWords(message), kind };
}

/**
 * Parses a path such as `modelList[0].apiBase` or `fallbacks.gpt-4.1[0]`. The options are needed because names may
 * contain dots.
 */
function optionPath(param: string, options: unknown): OptionPath {
  const position = /^\[(?<index>\d+)\]/u.exec(param);
  if (position !== null) {
    const index = Number(position.groups?.["index"]);
    const items: readonly unknown[] = Array.isArray(options) ? options : [];
    return [index, ...optionPath(param.slice(position[0].length), items[index])];
  }
  const text = param.replace(/^\./u, "");
  if (text === "") return [];
  const maps: readonly unknown[] = Array.isArray(options) ? options : [options];
  const keys = maps.flatMap((map) => (typeof map === "object" && map !== null ? Object.keys(map) : []));
  const key = keys
    .toSorted((left, right) => right.length - left.length)
    .find((name) => text.startsWith(name) && /^(?:$|[.[])/u.test(text.slice(name.length)));
  if (key === undefined) return text.split(/[.[\]]+/u).filter((part) => part !== "");
  const holder = maps.find((map) => typeof map === "object" && map !== null && Object.hasOwn(map, key));
  return [key, ...optionPath(text.slice(key.length), (holder as Readonly<Record<string, unknown>>)[key])];
}

/** The position in the model list of the deployment that an error concerns. */
export function positionIn(thrown: unknown): number | undefined {
  if (!RouterError.isInstance(thrown) || thrown.kind !== "invalid_option") return undefined;
  const [list, position] = optionPath(thrown.param ?? "", undefined);
  return list === "modelList" && position !== undefined ? Number(position) : undefined;
}

/**
 * The place in the file of an error that occurred while the router was created.
 * @param position - the position of the deployment that the error concerns, if it concerns one
 */
function errorPath(param: string, config: ParsedConfig, position: number | undefined): Path {
  const path = optionPath(param, config.router);
  const [first, second, ...inner] = path;
  if (position !== undefined) {
    const own = first === "modelList" ? inner : [];
    return deploymentPath(config, config.entryOf[position] ?? position, own);
  }
  const lists = ["callbacks", "success_callback", "failure_callback"].map((list) => ["litellm_settings", list]);
  if (first === "callbacks") return writtenIn(config, lists, []) ?? [];
  // An error of a factory may name a key of the file instead of an option.
  const sections = ["router_settings", "litellm_settings"].map((section) => [section, String(first)]);
  return filePathOf(config, path) ?? (second === undefined ? writtenIn(config, sections, []) : undefined) ?? [];
}

/** Converts an error that occurred while the router was created to an issue at the place in the file that caused it. */
export function placedIssue(thrown: RouterError, config: ParsedConfig, position: number | undefined): ConfigIssue {
  const path = errorPath(thrown.param ?? "", config, position);
  // The path in the file precedes the message, so the router's name of the option is removed from it.
  if (path.length === 0) return { ...config.sourceOf(path), path: "", message: inYamlWords(thrown.message) };
  return { ...config.sourceOf(path), path: showPath(path), message: inYamlWords(problemOf(thrown)) };
}

/** The same for any thrown value. An error that already has a place, or cannot have one, is returned unchanged. */
export function placedError(thrown: unknown, config: ParsedConfig, position = positionIn(thrown)): unknown {
  if (!RouterError.isInstance(thrown) || thrown.kind !== "invalid_option" || thrown instanceof ConfigError)
    return thrown;
  return new ConfigError([placedIssue(thrown, config, position)]);
}
