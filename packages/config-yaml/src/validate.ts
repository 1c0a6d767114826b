import { mistypedNames } from "@modelyard/core/kit";
import { rowsAt } from "@modelyard/core/settings";
import type { Path } from "./path.js";
import type { Finding } from "./findings.js";
import { foreignKeys, infoKeysOfLitellm, misplaced, priceReason } from "./foreign-keys.js";
import {
  configFile,
  type ConfigFile,
  credential,
  customProvider,
  generalSettings,
  litellmParams,
  litellmSettings,
  modelEntry,
  modelInfo,
  requestFields,
  routerSettings,
} from "./schema.js";
import { cacheParams } from "./schema-cache.js";
import { countingPaths } from "./setting-values.js";
import { KeyFindings, meantKeys, suggestedKeys, suggestion, unknownKey } from "./unknown-keys.js";
import { toFindings } from "./zod-findings.js";

export interface Validated {
  /** `undefined` if the file has errors that leave nothing usable. */
  readonly config: ConfigFile | undefined;
  readonly errors: readonly Finding[];
  /** The errors that prevent a `config`. With `lenient`, these may be fewer than `errors`. */
  readonly fatal: readonly Finding[];
  readonly warnings: readonly Finding[];
  /** Paths of keys that have no effect, so that problems with their values need not be reported. */
  readonly ignored: readonly Path[];
}

type Fields = Record<string, unknown>;

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

interface Section {
  readonly path: Path;
  readonly value: Fields;
  readonly known: readonly string[];
  readonly foreign: ReadonlyMap<string, string>;
  /** Whether the section may contain prices. */
  readonly priced?: boolean;
  /** Whether unknown keys are sent to the vendor instead of being removed. */
  readonly vendors?: boolean;
  /** Whether a key that is neither known nor LiteLLM's is kept without a warning. */
  readonly tolerates?: (key: string) => boolean;
  /** Whether LiteLLM's own keys are kept, because an endpoint returns them. */
  readonly returned?: boolean;
}

const none: ReadonlyMap<string, string> = new Map();
const infoKeys = Object.keys(modelInfo.shape);
const parameterKeys = [...Object.keys(litellmParams.shape), ...requestFields];

/**
 * Users mix up the sections of settings, so a key that has no effect in its own section has none in the others either.
 */
function alsoElsewhere(own: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const others = [foreignKeys.root, foreignKeys.general, foreignKeys.litellm].flatMap((keys) => [...keys]);
  return new Map([...others.filter(([key]) => misplaced[key] === undefined), ...own]);
}

function sections(root: Fields, isVendor: (key: string) => boolean): readonly Section[] {
  const found: Section[] = [
    {
      path: [],
      value: root,
      known: Object.keys(configFile.shape),
      foreign: foreignKeys.root,
      // Keys that begin with `x-` are a place for YAML anchors, as in Docker Compose.
      tolerates: (key) => key.startsWith("x-"),
    },
  ];
  const add = (path: Path, value: unknown, known: readonly string[], more: Partial<Section>): void => {
    if (isFields(value)) found.push({ path, value, known, foreign: none, ...more });
  };
  const { router_settings: router, litellm_settings: litellm, general_settings: general } = root;
  add(["router_settings"], router, Object.keys(routerSettings.shape), { foreign: foreignKeys.router });
  add(["litellm_settings"], litellm, Object.keys(litellmSettings.shape), {
    foreign: alsoElsewhere(foreignKeys.litellm),
  });
  add(["general_settings"], general, Object.keys(generalSettings.shape), {
    foreign: alsoElsewhere(foreignKeys.general),
  });
  const cacheKeys = Object.keys(cacheParams.shape);
  const cache = { foreign: foreignKeys.cache };
  if (isFields(litellm)) {
    add(["litellm_settings", "cache_params"], litellm["cache_params"], cacheKeys, cache);
    for (const [index, entry] of listOf(litellm["custom_provider_map"]).entries())
      add(["litellm_settings", "custom_provider_map", index], entry, Object.keys(customProvider.shape), {});
  }
  if (isFields(router)) {
    add(["router_settings", "cache_kwargs"], router["cache_kwargs"], cacheKeys, cache);
    const defaults = router["default_litellm_params"];
    add(["router_settings", "default_litellm_params"], defaults, [...requestFields], {
      foreign: foreignKeys.defaults,
      tolerates: isVendor,
    });
  }
  const parameters = { foreign: foreignKeys.deployment, priced: true, vendors: true, tolerates: isVendor };
  for (const [index, entry] of listOf(root["credential_list"]).entries()) {
    if (!isFields(entry)) continue;
    const path = ["credential_list", index] as const;
    add(path, entry, Object.keys(credential.shape), {});
    add([...path, "credential_values"], entry["credential_values"], parameterKeys, parameters);
  }
  for (const [index, entry] of listOf(root["model_list"]).entries()) {
    if (!isFields(entry)) continue;
    const path = ["model_list", index] as const;
    add(path, entry, Object.keys(modelEntry.shape), { foreign: foreignKeys.entry });
    add([...path, "litellm_params"], entry["litellm_params"], parameterKeys, parameters);
    add([...path, "model_info"], entry["model_info"], infoKeys, {
      foreign: foreignKeys.modelInfo,
      priced: true,
      returned: true,
      // GET /model/info returns the notes that users make here, so a key is only an error if it looks like a typo.
      tolerates: (key) =>
        misplaced[key] === undefined &&
        (infoKeysOfLitellm.has(key) || key.startsWith("supports_") || mistypedNames(key, infoKeys).length === 0),
    });
  }
  return found;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}

interface KeyResults {
  readonly errors: Finding[];
  readonly warnings: KeyFindings;
  readonly ignored: Path[];
}

/** Removes a section's empty keys, LiteLLM's own keys and unknown keys. The latter two are reported. */
function checkKeys(section: Section, { errors, warnings, ignored }: KeyResults): void {
  const { value, known } = section;
  for (const key of Object.keys(value)) {
    const path = [...section.path, key];
    // A key without a value counts as not set, as in LiteLLM.
    const empty = value[key] === null;
    if (known.includes(key)) {
      if (empty) delete value[key];
      continue;
    }
    const reason = section.foreign.get(key) ?? (section.priced === true ? priceReason(key) : undefined);
    if (reason !== undefined) {
      if (section.returned !== true) {
        delete value[key];
        ignored.push(path);
      }
      if (!empty) warnings.add(key, { path, message: `it ${reason}.` });
    } else if (section.tolerates?.(key) === true) {
      if (section.path.length === 0) delete value[key];
    } else if (homeOf(section, key) === undefined && meantKeys(key, known).length === 0) {
      if (!empty) warnings.add(key, unknownIn(section, path));
      if (section.vendors !== true || empty) {
        delete value[key];
        ignored.push(path);
      }
    } else {
      delete value[key];
      const meant = homeOf(section, key) === undefined ? suggestedKeys(key, known) : [];
      errors.push({ path, message: `unknown key.${hint(section, key)}`, unknown: true, meant });
    }
  }
}

/**
 * The warning about an unknown key. As in LiteLLM, it is sent to the vendor from some sections and ignored in others.
 */
function unknownIn({ vendors, known, path: section }: Section, path: Path): Finding {
  if (vendors !== true) {
    const anchor = section.length === 0 ? ' If it only holds anchors, start its name with "x-".' : "";
    return unknownKey(path, known, `Remove it.${anchor}`);
  }
  const message =
    "unknown setting, so it is sent to the vendor in every request, as LiteLLM does. If that is intended, put it in extra_body.";
  return {
    path,
    message: `${message}${suggestion(String(path.at(-1)), known)}`,
    kind: "unknown_setting",
    unknown: true,
  };
}

/** The section of each router setting, for hints about keys that are in the wrong section or at the top level. */
const settingHomes: ReadonlyMap<string, string> = new Map(
  rowsAt("router").flatMap(([, { router: paths = [] }]) => {
    const [first] = countingPaths(paths, "memory");
    const [section = "", key, deeper] = first?.split(".") ?? [];
    return key === undefined || deeper !== undefined ? [] : [[key, section] as const];
  }),
);

/** The section that a key belongs in, or `undefined` if it is unknown or the key is in the right one. */
function homeOf(section: Section, key: string): string | undefined {
  const home = misplaced[key] ?? (section.path.length <= 1 ? settingHomes.get(key) : undefined);
  const here = section.path.findLast((part) => typeof part === "string") ?? "the top level";
  return home === here ? undefined : home;
}

function hint(section: Section, key: string): string {
  const home = homeOf(section, key);
  if (home !== undefined) return ` It belongs in ${home}.`;
  return suggestion(key, section.known);
}

/** The schema's errors, each with its path. */
function findingsOf(parsed: ReturnType<typeof configFile.safeParse>): readonly Finding[] {
  return parsed.success ? [] : parsed.error.issues.flatMap((issue) => toFindings(issue, configFile));
}

/**
 * Removes values from last to first, so that removing an element does not shift the positions of those still to come.
 */
function dropAll(root: Fields, findings: readonly Finding[]): void {
  for (const { path } of findings.toReversed()) dropAt(root, path);
}

export interface ValidateOptions {
  readonly lenient: boolean;
  /** Whether a key of a deployment is a setting that only its provider understands. */
  readonly isVendor: (key: string) => boolean;
}

/** Checks a file's value against the schema. With `lenient`, values that do not match are removed. */
export function validate(value: Fields, { lenient, isVendor }: ValidateOptions): Validated {
  const root = structuredClone(value);
  const results: KeyResults = { errors: [], warnings: new KeyFindings(), ignored: [] };
  for (const section of sections(root, isVendor)) checkKeys(section, results);
  let parsed = configFile.safeParse(root);
  const harmless = findingsOf(parsed).filter((finding) => finding.harmless === true);
  if (harmless.length > 0) {
    for (const finding of harmless) results.warnings.add(finding.path.join("\n"), finding);
    dropAll(root, harmless);
    parsed = configFile.safeParse(root);
  }
  const bad = findingsOf(parsed);
  if (lenient && !parsed.success) {
    dropAll(root, bad);
    parsed = configFile.safeParse(root);
  }
  return {
    config: parsed.success ? parsed.data : undefined,
    errors: [...results.errors, ...bad],
    fatal: findingsOf(parsed),
    warnings: results.warnings.all(),
    ignored: results.ignored,
  };
}

function dropAt(root: Fields, path: Path): void {
  let node: unknown = root;
  for (const part of path.slice(0, -1)) node = (node as Fields | undefined)?.[part as string];
  const last = path.at(-1);
  if (Array.isArray(node) && typeof last === "number") node.splice(last, 1);
  else if (isFields(node) && last !== undefined) delete node[String(last)];
}
