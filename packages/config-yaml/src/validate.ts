import { mistypedNames } from "@modelyard/core/kit";
import { rowsAt } from "@modelyard/core/settings";
import type { Path } from "./path.js";
import type { Finding } from "./findings.js";
import { foreignKeys, misplaced, noted, priceReason } from "./foreign-keys.js";
import {
  configFile,
  type ConfigFile,
  credential,
  generalSettings,
  litellmParams,
  litellmSettings,
  modelEntry,
  modelInfo,
  requestFields,
  routerSettings,
  vendorPrefixes,
} from "./schema.js";
import { cacheParams } from "./schema-cache.js";
import { countingPaths } from "./setting-values.js";
import { KeyFindings, meantKeys, suggestedKeys, suggestion, unknownKey } from "./unknown-keys.js";
import { toFindings } from "./zod-findings.js";

export interface Validated {
  /** `undefined` when something is so wrong that nothing can be made of it. */
  readonly config: ConfigFile | undefined;
  readonly errors: readonly Finding[];
  /** Errors that stand in the way of a `config`; with `lenient` fewer than `errors`. */
  readonly fatal: readonly Finding[];
  readonly warnings: readonly Finding[];
  /** Keys that nothing reads, whatever stands behind them. */
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
  /** Whether prices may stand there. */
  readonly priced?: boolean;
  /** Whether what a vendor knows may stand there, in `extra_body`. */
  readonly vendors?: boolean;
  /** Whether a key that is neither may stay. */
  readonly tolerates?: (key: string) => boolean;
  /** Whether what is LiteLLM's alone stays too, to be told. */
  readonly told?: boolean;
}

function isVendor(key: string): boolean {
  return vendorPrefixes.some((prefix) => key.startsWith(prefix));
}

const none: ReadonlyMap<string, string> = new Map();
const infoKeys = Object.keys(modelInfo.shape);
const parameterKeys = [...Object.keys(litellmParams.shape), ...requestFields];

/** What has no effect where it belongs has none in the section beside it either; users mix the two up. */
function alsoElsewhere(own: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const others = [foreignKeys.root, foreignKeys.general, foreignKeys.litellm].flatMap((keys) => [...keys]);
  return new Map([...others.filter(([key]) => misplaced[key] === undefined), ...own]);
}

function sections(root: Fields): readonly Section[] {
  const found: Section[] = [
    {
      path: [],
      value: root,
      known: Object.keys(configFile.shape),
      foreign: foreignKeys.root,
      // As in Docker Compose: a place for anchors.
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
  if (isFields(litellm)) add(["litellm_settings", "cache_params"], litellm["cache_params"], cacheKeys, cache);
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
      told: true,
      // What users note here is told by GET /model/info, so only what looks like a typing error is one.
      tolerates: (key) =>
        misplaced[key] === undefined &&
        (noted.has(key) || key.startsWith("supports_") || mistypedNames(key, infoKeys).length === 0),
    });
  }
  return found;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}

interface Sorting {
  readonly errors: Finding[];
  readonly warnings: KeyFindings;
  readonly ignored: Path[];
}

/** Takes out what is LiteLLM's alone, what is empty, and what means nothing here, each with a finding. */
function sortKeys(section: Section, { errors, warnings, ignored }: Sorting): void {
  const { value, known } = section;
  for (const key of Object.keys(value)) {
    const path = [...section.path, key];
    // A key with nothing behind it says nothing, as in LiteLLM.
    const empty = value[key] === null;
    if (known.includes(key)) {
      if (empty) delete value[key];
      continue;
    }
    const reason = section.foreign.get(key) ?? (section.priced === true ? priceReason(key) : undefined);
    if (reason !== undefined) {
      if (section.told !== true) {
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

/** An unknown key. LiteLLM passes it on where a vendor may know it, and ignores it elsewhere. */
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

/** The section of each setting of the router, for keys that stand in another section of settings or at the top. */
const settingHomes: ReadonlyMap<string, string> = new Map(
  rowsAt("router").flatMap(([, { router: paths = [] }]) => {
    const [first] = countingPaths(paths, "memory");
    const [section = "", key, deeper] = first?.split(".") ?? [];
    return key === undefined || deeper !== undefined ? [] : [[key, section] as const];
  }),
);

/** The right section for a key that is in the wrong one. */
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

/** What the schema says is wrong, each with its place. */
function faultsOf(parsed: ReturnType<typeof configFile.safeParse>): readonly Finding[] {
  return parsed.success ? [] : parsed.error.issues.flatMap((issue) => toFindings(issue, configFile));
}

/** Takes values out, from the end, so that the places of what is left stay as they were. */
function dropAll(root: Fields, findings: readonly Finding[]): void {
  for (const { path } of findings.toReversed()) dropAt(root, path);
}

/** Checks a file's value against the schema; with `lenient`, what cannot be read is left out and warned of. */
export function validate(value: Fields, lenient: boolean): Validated {
  const root = structuredClone(value);
  const sorting: Sorting = { errors: [], warnings: new KeyFindings(), ignored: [] };
  for (const section of sections(root)) sortKeys(section, sorting);
  let parsed = configFile.safeParse(root);
  const harmless = faultsOf(parsed).filter((finding) => finding.harmless === true);
  if (harmless.length > 0) {
    for (const finding of harmless) sorting.warnings.add(finding.path.join("\n"), finding);
    dropAll(root, harmless);
    parsed = configFile.safeParse(root);
  }
  const bad = faultsOf(parsed);
  if (lenient && !parsed.success) {
    dropAll(root, bad);
    parsed = configFile.safeParse(root);
  }
  return {
    config: parsed.success ? parsed.data : undefined,
    errors: [...sorting.errors, ...bad],
    fatal: faultsOf(parsed),
    warnings: sorting.warnings.all(),
    ignored: sorting.ignored,
  };
}

function dropAt(root: Fields, path: Path): void {
  let node: unknown = root;
  for (const part of path.slice(0, -1)) node = (node as Fields | undefined)?.[part as string];
  const last = path.at(-1);
  if (Array.isArray(node) && typeof last === "number") node.splice(last, 1);
  else if (isFields(node) && last !== undefined) delete node[String(last)];
}
