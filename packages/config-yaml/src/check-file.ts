import { didYouMean } from "@modelyard/core/kit";
import type { Path } from "./path.js";
import { assumedValue } from "./assumed-values.js";
import { type Environment, type EnvironmentReference, resolveEnvironment } from "./environment.js";
import type { Finding } from "./findings.js";
import type { ConfigFile } from "./schema.js";
import { preCallCheckWarnings } from "./pre-call-checks.js";
import { isFields, validate, type ValidateOptions } from "./validate.js";

export interface CheckedFile {
  /** `undefined` if the file has errors that leave nothing usable. */
  readonly config: ConfigFile | undefined;
  /** The position in the file of each `model_list` entry that was kept. */
  readonly entries: readonly number[];
  readonly errors: readonly Finding[];
  readonly warnings: readonly Finding[];
  /** The values that are taken from environment variables. */
  readonly references: readonly EnvironmentReference[];
}

type Fields = Record<string, unknown>;

export interface CheckFileOptions extends ValidateOptions {
  /** Whether variables that are not set get a plausible value instead of an error. */
  readonly assumeEnvironment: boolean;
  /** Whether an entry of the model list is skipped anyway, so that its missing variables are not reported. */
  readonly isUnserved?: ((entry: Fields) => boolean) | undefined;
}

/** The position of the `model_list` entry that a path leads into, if it does. */
function entryIn(path: Path): number | undefined {
  return path[0] === "model_list" && typeof path[1] === "number" ? path[1] : undefined;
}

/** Fills in environment variables and shared credentials, and validates the result against the schema. */
export function checkFile(
  root: Fields,
  environment: Environment,
  { lenient, isVendor, assumeEnvironment, isUnserved }: CheckFileOptions,
): CheckedFile {
  const references: EnvironmentReference[] = [];
  const missing: Finding[] = [];
  const foreign: Finding[] = [];
  const placeholders: Finding[] = [];
  const assume = assumeEnvironment ? assumedValue : undefined;
  const resolved = resolveEnvironment(root, environment, {
    references,
    missing,
    foreign,
    placeholders,
    assume,
  }) as Fields;
  const list = Array.isArray(resolved["model_list"]) ? (resolved["model_list"] as readonly unknown[]) : [];
  const matters = ({ path }: Finding): boolean => {
    const entry = list[entryIn(path) ?? -1];
    return !isFields(entry) || isUnserved?.(entry) !== true;
  };
  const unset = new Set(missing.map(({ path }) => path.join("\n")));
  const { config, errors: found, fatal, warnings: odd, ignored } = validate(resolved, { lenient, isVendor });
  const isRead = ({ path }: Finding): boolean =>
    !ignored.some((key) => key.every((part, index) => path[index] === part));
  const warnings = [
    ...odd,
    ...preCallCheckWarnings(config),
    ...placeholders.filter((finding) => isRead(finding) && matters(finding)),
  ];
  // An unset variable is reported as such, and not a second time because the value that it left empty is invalid.
  const unreported = found.filter(({ path }) => !unset.has(path.join("\n")));
  const errors = [
    ...[...missing, ...foreign].filter((finding) => isRead(finding) && matters(finding)),
    ...withoutEchoes(unreported),
    ...credentialErrors(config),
    ...routingGroupErrors(config),
  ];
  const all = list.map((_, index) => index);
  const router = resolved["router_settings"];
  const ignore = isFields(router) && /^(?:true|yes|on)$/iu.test(String(router["ignore_invalid_deployments"]));
  if (lenient ? config !== undefined : !ignore) {
    return { config: withCredentials(config), entries: all, errors, warnings, references };
  }
  const bad = new Set((lenient ? fatal : errors).flatMap(({ path }) => entryIn(path) ?? []));
  const entries = all.filter((index) => !bad.has(index));
  const rest = validate({ ...resolved, model_list: entries.map((index) => list[index]) }, { lenient, isVendor });
  const isSkipped = ({ path }: Finding): boolean => bad.has(entryIn(path) ?? -1);
  return {
    config: withCredentials(rest.config),
    entries,
    references,
    errors: entries.length === 0 || lenient ? errors : errors.filter((finding) => !isSkipped(finding)),
    warnings: [
      ...warnings,
      ...(entries.length === 0 || lenient ? [] : errors.filter(isSkipped)).map(({ path, message }) => ({
        path,
        message: `${message} The deployment is skipped.`,
      })),
    ],
  };
}

/** Drops findings that a required key is missing if a misspelling of it has been reported already. */
function withoutEchoes(findings: readonly Finding[]): readonly Finding[] {
  const meant = new Set(
    findings.flatMap(({ path, meant: names = [] }) => names.map((name) => [...path.slice(0, -1), name].join("\n"))),
  );
  return findings.filter(({ path, kind }) => kind !== "required" || !meant.has(path.join("\n")));
}

function credentialErrors(config: ConfigFile | undefined): readonly Finding[] {
  const names = (config?.credential_list ?? []).map((entry) => entry.credential_name);
  const twice = names.flatMap((name, index) =>
    names.indexOf(name) === index
      ? []
      : [
          {
            path: ["credential_list", index, "credential_name"],
            message: `duplicate name "${name}".`,
          },
        ],
  );
  const unknown = (config?.model_list ?? []).flatMap(({ litellm_params: { litellm_credential_name: name } }, index) =>
    name === undefined || names.includes(name)
      ? []
      : [
          {
            path: ["model_list", index, "litellm_params", "litellm_credential_name"],
            message: `there is no "${name}" in credential_list.${didYouMean(name, new Set(names))}`,
          },
        ],
  );
  return [...twice, ...unknown];
}

/** Reports duplicates: the strategy of a group must not depend on which of two entries is read last. */
function routingGroupErrors(config: ConfigFile | undefined): readonly Finding[] {
  const seen = new Set<string>();
  const once = (name: string, path: Path, what: string): readonly Finding[] => {
    const known = seen.has(`${what} ${name}`);
    seen.add(`${what} ${name}`);
    return known ? [{ path, message: `"${name}" is in routing_groups twice.` }] : [];
  };
  return (config?.router_settings?.routing_groups ?? []).flatMap(({ group_name: group, models }, index) => {
    const path = ["router_settings", "routing_groups", index];
    return [
      ...once(group, [...path, "group_name"], "name"),
      ...models.flatMap((model, position) => once(model, [...path, "models", position], "model")),
    ];
  });
}

/** Copies shared credentials into the deployments that name them. A deployment's own settings win. */
function withCredentials(config: ConfigFile | undefined): ConfigFile | undefined {
  if (config?.credential_list == null) return config;
  const shared = new Map(config.credential_list.map((entry) => [entry.credential_name, entry.credential_values]));
  return {
    ...config,
    model_list: config.model_list.map((entry) => {
      const { litellm_credential_name: name, ...own } = entry.litellm_params;
      return { ...entry, litellm_params: { ...(name === undefined ? {} : shared.get(name)), ...own } };
    }),
  };
}
