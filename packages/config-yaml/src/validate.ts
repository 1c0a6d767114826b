import { didYouMean } from "@modelyard/core";
import type { z } from "zod";
import { type Path, showPath } from "./document.js";
import { foreignKeys, misplaced } from "./foreign-keys.js";
import {
  configFile,
  type ConfigFile,
  generalSettings,
  litellmParams,
  litellmSettings,
  modelEntry,
  modelInfo,
  requestFields,
  routerSettings,
  vendorPrefixes,
} from "./schema.js";

/** A finding without its place in the text. */
export interface Finding {
  readonly path: Path;
  readonly message: string;
}

export interface Validated {
  /** `undefined` when something is so wrong that nothing can be made of it. */
  readonly config: ConfigFile | undefined;
  readonly errors: readonly Finding[];
  readonly warnings: readonly Finding[];
}

type Fields = Record<string, unknown>;

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

interface Section {
  readonly path: Path;
  readonly value: Fields;
  readonly known: readonly string[];
  readonly foreign: ReadonlyMap<string, string>;
  /** Whether a key that is neither may stay. */
  readonly tolerates?: (key: string) => boolean;
}

function sections(root: Fields): readonly Section[] {
  const found: Section[] = [{ path: [], value: root, known: Object.keys(configFile.shape), foreign: foreignKeys.root }];
  const add = (key: string, shape: object, foreign: ReadonlyMap<string, string>): void => {
    const value = root[key];
    if (isFields(value)) found.push({ path: [key], value, known: Object.keys(shape), foreign });
  };
  add("router_settings", routerSettings.shape, foreignKeys.router);
  add("litellm_settings", litellmSettings.shape, foreignKeys.litellm);
  add("general_settings", generalSettings.shape, foreignKeys.general);
  const list = Array.isArray(root["model_list"]) ? (root["model_list"] as readonly unknown[]) : [];
  for (const [index, entry] of list.entries()) {
    if (!isFields(entry)) continue;
    const path = ["model_list", index] as const;
    found.push({ path, value: entry, known: Object.keys(modelEntry.shape), foreign: new Map() });
    const { litellm_params: parameters, model_info: info } = entry;
    if (isFields(parameters)) {
      const tolerates = (key: string): boolean =>
        requestFields.has(key) || vendorPrefixes.some((prefix) => key.startsWith(prefix));
      found.push({
        path: [...path, "litellm_params"],
        value: parameters,
        known: [...Object.keys(litellmParams.shape), ...requestFields],
        foreign: foreignKeys.deployment,
        tolerates,
      });
    }
    if (isFields(info)) {
      const tolerates = (key: string): boolean => key.startsWith("supports_") || key.includes("_cost");
      found.push({
        path: [...path, "model_info"],
        value: info,
        known: Object.keys(modelInfo.shape),
        foreign: foreignKeys.modelInfo,
        tolerates,
      });
    }
  }
  return found;
}

/** Takes out what is LiteLLM's alone, and finds what is nobody's. */
function sortKeys(section: Section, errors: Finding[], warnings: Map<string, Finding>): void {
  for (const key of Object.keys(section.value)) {
    if (section.known.includes(key) || section.tolerates?.(key) === true) continue;
    const path = [...section.path, key];
    const reason = section.foreign.get(key);
    if (reason === undefined) {
      const home = misplaced[key];
      const here = section.path.at(-1);
      const hint = home !== undefined && home !== here ? ` It belongs in ${home}.` : didYouMean(key, section.known);
      errors.push({ path, message: `there is no such key.${hint === "" ? " Take it out." : hint}` });
    } else if (!warnings.has(`${section.path.join(".")}|${key}`) && !warnings.has(key)) {
      warnings.set(key, { path, message: `it ${reason}.` });
    }
    delete section.value[key];
  }
}

function sentence(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_union") {
    const inner = issue.errors.flat().map((one) => one.message);
    return `${[...new Set(inner)].slice(0, 2).join(", or ") || issue.message}.`;
  }
  if (issue.code === "unrecognized_keys") return `there is no ${issue.keys.map((key) => `"${key}"`).join(", ")} here.`;
  if (issue.code === "too_small" && issue.origin === "array") return "it is empty.";
  return `${issue.message}.`;
}

function issuePath(issue: z.core.$ZodIssue): Path {
  const path = issue.path.filter((part): part is string | number => typeof part !== "symbol");
  const [key] = issue.code === "unrecognized_keys" ? issue.keys : [];
  return key === undefined ? path : [...path, key];
}

/** Checks a file's value against the schema; with `lenient`, what cannot be read is left out and warned of. */
export function validate(value: unknown, lenient: boolean): Validated {
  if (!isFields(value)) {
    return {
      config: undefined,
      errors: [{ path: [], message: "the file holds no mapping. It needs at least a model_list." }],
      warnings: [],
    };
  }
  const root = structuredClone(value);
  const errors: Finding[] = [];
  const warnings = new Map<string, Finding>();
  for (const section of sections(root)) sortKeys(section, errors, warnings);
  let parsed = configFile.safeParse(root);
  const bad = parsed.success ? [] : parsed.error.issues;
  for (const issue of bad) errors.push({ path: issuePath(issue), message: sentence(issue) });
  if (lenient && !parsed.success) {
    for (const issue of bad) dropAt(root, issuePath(issue));
    parsed = configFile.safeParse(root);
  }
  return { config: parsed.success ? parsed.data : undefined, errors, warnings: [...warnings.values()] };
}

function dropAt(root: Fields, path: Path): void {
  let node: unknown = root;
  for (const part of path.slice(0, -1)) node = (node as Fields | undefined)?.[part as string];
  const last = path.at(-1);
  if (Array.isArray(node) && typeof last === "number") node.splice(last, 1);
  else if (isFields(node) && last !== undefined) delete node[String(last)];
}

export { showPath };
