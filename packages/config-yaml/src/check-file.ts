import { didYouMean } from "@modelyard/core/kit";
import type { Path } from "./path.js";
import { assumedValue } from "./assumed-values.js";
import { type Environment, resolveEnvironment } from "./environment.js";
import type { Finding } from "./findings.js";
import type { ConfigFile } from "./schema.js";
import { isFields, validate } from "./validate.js";

export interface CheckedFile {
  /** `undefined` when something is so wrong that nothing can be made of it. */
  readonly config: ConfigFile | undefined;
  /** For each entry of the `model_list` that is left, where it stands in the file. */
  readonly entries: readonly number[];
  readonly errors: readonly Finding[];
  readonly warnings: readonly Finding[];
}

type Fields = Record<string, unknown>;

export interface CheckFileOptions {
  readonly lenient: boolean;
  /** Whether variables that are not set count as set to something. */
  readonly assumeEnvironment: boolean;
  /** Whether an entry of the model list is skipped in any case, so that what it lacks does not matter. */
  readonly isUnserved?: ((entry: Fields) => boolean) | undefined;
}

/** Which entry of the model list a path is in. */
function entryIn(path: Path): number | undefined {
  return path[0] === "model_list" && typeof path[1] === "number" ? path[1] : undefined;
}

/** Fills in the environment and what deployments share, and holds everything against the schema. */
export function checkFile(
  root: Fields,
  environment: Environment,
  { lenient, assumeEnvironment, isUnserved }: CheckFileOptions,
): CheckedFile {
  const missing: Finding[] = [];
  const foreign: Finding[] = [];
  const placeholders: Finding[] = [];
  const assume = assumeEnvironment ? assumedValue : undefined;
  const resolved = resolveEnvironment(root, environment, { missing, foreign, placeholders, assume }) as Fields;
  const list = Array.isArray(resolved["model_list"]) ? (resolved["model_list"] as readonly unknown[]) : [];
  const matters = ({ path }: Finding): boolean => {
    const entry = list[entryIn(path) ?? -1];
    return !isFields(entry) || isUnserved?.(entry) !== true;
  };
  const unset = new Set(missing.map(({ path }) => path.join("\n")));
  const { config, errors: found, fatal, warnings: odd, ignored } = validate(resolved, lenient);
  const isRead = ({ path }: Finding): boolean =>
    !ignored.some((key) => key.every((part, index) => path[index] === part));
  const warnings = [...odd, ...placeholders.filter((finding) => isRead(finding) && matters(finding))];
  // A variable that is not set is complained of once, not again for what it leaves empty.
  const fresh = found.filter(({ path }) => !unset.has(path.join("\n")));
  const errors = [
    ...[...missing, ...foreign].filter((finding) => isRead(finding) && matters(finding)),
    ...withoutEchoes(fresh),
    ...credentialErrors(config),
    ...routingGroupErrors(config),
  ];
  const all = list.map((_, index) => index);
  const router = resolved["router_settings"];
  const ignore = isFields(router) && /^(?:true|yes|on)$/iu.test(String(router["ignore_invalid_deployments"]));
  if (lenient ? config !== undefined : !ignore) {
    return { config: withCredentials(config), entries: all, errors, warnings };
  }
  const bad = new Set((lenient ? fatal : errors).flatMap(({ path }) => entryIn(path) ?? []));
  const entries = all.filter((index) => !bad.has(index));
  const rest = validate({ ...resolved, model_list: entries.map((index) => list[index]) }, lenient);
  const inBad = ({ path }: Finding): boolean => bad.has(entryIn(path) ?? -1);
  return {
    config: withCredentials(rest.config),
    entries,
    errors: entries.length === 0 || lenient ? errors : errors.filter((finding) => !inBad(finding)),
    warnings: [
      ...warnings,
      ...(entries.length === 0 || lenient ? [] : errors.filter(inBad)).map(({ path, message }) => ({
        path,
        message: `${message} The deployment is skipped.`,
      })),
    ],
  };
}

/** A key that is misspelled is not reported as missing as well. */
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

/** A group's strategy must not depend on which of two entries is read last. */
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

/** What a credential says holds where the deployment itself says nothing. */
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
