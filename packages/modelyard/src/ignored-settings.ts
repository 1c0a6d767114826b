import type { ConfigIssue, ParsedConfig } from "@modelyard/config-yaml";
import type { DeploymentOptions, JsonObject, Provider } from "@modelyard/core";
import { written } from "./without-unserved.js";

function without(fields: JsonObject | undefined, names: readonly string[]): JsonObject | undefined {
  if (fields === undefined) return undefined;
  const left = Object.entries(fields).filter(([name]) => !names.includes(name));
  return left.length === 0 ? undefined : Object.fromEntries(left);
}

interface Ignored {
  readonly fields: readonly string[];
  readonly settings: readonly string[];
}

function ignoredOf({ defaults = {}, settings = {} }: DeploymentOptions, provider: Provider): Ignored {
  return {
    fields: Object.keys(defaults).filter((name) => provider.ignoredFields?.names.includes(name) === true),
    settings: Object.keys(settings).filter((name) => provider.settings?.includes(name) !== true),
  };
}

function sentences(
  { fields, settings }: Ignored,
  { name: provider, ignoredFields }: Provider,
): readonly (readonly [name: string, text: string])[] {
  const found: (readonly [string, string])[] = settings.map((name) => [
    name,
    `it has no effect: ${provider} does not use it.`,
  ]);
  const [first] = fields;
  if (first === undefined || ignoredFields === undefined) return found;
  const subject = fields.length === 1 ? "it is" : `${fields.join(", ")} are`;
  return [...found, [first, `${subject} not sent: ${ignoredFields.reason(fields)}`]];
}

/**
 * Removes fields that a vendor would silently ignore and settings that a built-in provider does not use, and returns an
 * issue for each.
 * @param builtIn - the providers that are part of Modelyard; deployments of other providers are not checked
 */
export function withoutIgnoredSettings(
  config: ParsedConfig,
  builtIn: ReadonlyMap<string, Provider>,
): { readonly config: ParsedConfig; readonly issues: readonly ConfigIssue[] } {
  const issues: ConfigIssue[] = [];
  const places = new Set<string>();
  const modelList = config.router.modelList.map((deployment, position): DeploymentOptions => {
    const { provider = "" } = written(deployment, builtIn);
    const registered = builtIn.get(provider);
    if (registered === undefined) return deployment;
    const found = ignoredOf(deployment, registered);
    if (found.fields.length === 0 && found.settings.length === 0) return deployment;
    const entry = config.entryOf[position] ?? position;
    const pathOf = (name: string): string => `model_list[${String(entry)}].litellm_params.${name}`;
    for (const name of [...found.fields, ...found.settings]) places.add(pathOf(name));
    for (const [name, message] of sentences(found, registered)) {
      const path = pathOf(name);
      issues.push({ ...config.sourceOf(["model_list", entry, "litellm_params", name]), path, message });
    }
    const { defaults: _defaults, settings: _settings, ...others } = deployment;
    const defaults = without(deployment.defaults, found.fields);
    const settings = without(deployment.settings, found.settings);
    return {
      ...others,
      ...(defaults === undefined ? {} : { defaults }),
      ...(settings === undefined ? {} : { settings }),
    };
  });
  if (issues.length === 0) return { config, issues };
  // The parser has warned that unknown fields are sent to the vendor, which is wrong for those that were removed.
  const warnings = config.warnings.filter(({ path, kind }) => !(places.has(path) && kind === "unknown_setting"));
  return { config: { ...config, warnings, router: { ...config.router, modelList } }, issues };
}
