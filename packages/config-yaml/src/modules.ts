import type { Path } from "./path.js";
import { cacheParameters } from "./cache-settings.js";
import type { Finding } from "./findings.js";
import type { CallbackModule, ModuleChoice, ProviderModule } from "./parsed-config.js";
import type { ConfigFile } from "./schema.js";
import { isFields } from "./validate.js";

/** Whether a name in a file is the path of a module, as opposed to the name of something built in. */
export function isModulePath(name: string): boolean {
  return /^\.{0,2}[\\/]/u.test(name) || /\.[cm]?[jt]s$/u.test(name);
}

const example = (what: string): string => `the path of a module, such as ./my-${what}.mjs`;

type MappedProvider = NonNullable<NonNullable<ConfigFile["litellm_settings"]>["custom_provider_map"]>[number];

/** The entries of `custom_provider_map` that satisfy a condition, each with its path. */
function mapped(
  config: ConfigFile,
  where: (entry: MappedProvider) => boolean,
): readonly (readonly [entry: MappedProvider, path: Path])[] {
  return (config.litellm_settings?.custom_provider_map ?? []).flatMap((entry, index) =>
    where(entry) ? [[entry, ["litellm_settings", "custom_provider_map", index]] as const] : [],
  );
}

/** The providers that are modules. */
export function providerModules(config: ConfigFile): readonly ProviderModule[] {
  return mapped(config, (entry) => isModulePath(entry.custom_handler)).map(([entry, path]) => ({
    provider: entry.provider,
    name: entry.custom_handler,
    args: entry.custom_handler_args ?? {},
    place: { module: [...path, "custom_handler"], args: [...path, "custom_handler_args"] },
  }));
}

/** The providers that are written in Python, by name. */
export function pythonProviders(config: ConfigFile): readonly string[] {
  return mapped(config, (entry) => !isModulePath(entry.custom_handler)).map(([{ provider }]) => provider);
}

const callbackLists = ["success_callback", "failure_callback", "callbacks"] as const;
const outcomes = {
  success_callback: ["success"],
  failure_callback: ["failure"],
  callbacks: ["success", "failure"],
} as const;

/** The callbacks that are modules, each once. */
export function callbackModules(config: ConfigFile): readonly CallbackModule[] {
  const found = new Map<string, CallbackModule>();
  for (const list of callbackLists) {
    for (const [index, name] of (config.litellm_settings?.[list] ?? []).entries()) {
      if (!isModulePath(name)) continue;
      const settings = config.callback_settings?.[name];
      const { on = [], place } = found.get(name) ?? {};
      found.set(name, {
        name,
        args: isFields(settings) ? settings : {},
        on: [...new Set([...on, ...outcomes[list]])],
        place: place ?? { module: ["litellm_settings", list, index], args: ["callback_settings", name] },
      });
    }
  }
  return [...found.values()];
}

/** Where `cache_params` or `cache_kwargs` names a key; the former if neither does. */
function cachePath(config: ConfigFile, key: "module" | "module_args" | "type"): Path {
  const inKwargs =
    config.litellm_settings?.cache_params?.[key] === undefined &&
    config.router_settings?.cache_kwargs?.[key] !== undefined;
  return inKwargs ? ["router_settings", "cache_kwargs", key] : ["litellm_settings", "cache_params", key];
}

/** The cache that is a module, or `undefined` if the file names none. */
export function cacheModule(config: ConfigFile): ModuleChoice | undefined {
  const { type, module, module_args: args = {} } = cacheParameters(config);
  return type !== "custom" || module === undefined
    ? undefined
    : { name: module, args, place: { module: cachePath(config, "module"), args: cachePath(config, "module_args") } };
}

/** Reports modules that cannot be meant as they are written. */
export function moduleErrors(config: ConfigFile): readonly Finding[] {
  const { type, module } = cacheParameters(config);
  const errors: Finding[] = [];
  if (type === "custom" && module === undefined)
    errors.push({
      path: cachePath(config, "type"),
      message: `a custom cache is a module. Set module to ${example("cache")}.`,
    });
  if (type !== "custom" && module !== undefined)
    errors.push({ path: cachePath(config, "module"), message: "it only applies to a custom cache. Set type: custom." });
  if (module !== undefined && !isModulePath(module))
    errors.push({ path: cachePath(config, "module"), message: `it must be ${example("cache")}.` });
  for (const { name, place } of callbackModules(config)) {
    const settings = config.callback_settings?.[name];
    if (settings != null && !isFields(settings))
      errors.push({ path: place.args, message: "expected a mapping: it is what the module's function gets." });
  }
  const seen = new Set<string>();
  for (const { provider, place } of providerModules(config)) {
    if (seen.has(provider))
      errors.push({ path: [...place.module.slice(0, -1), "provider"], message: `"${provider}" is mapped twice.` });
    seen.add(provider);
  }
  return errors;
}

/** Reports what LiteLLM would run in Python, and settings of callbacks that get none. */
export function moduleWarnings(config: ConfigFile): readonly Finding[] {
  const python = mapped(config, (entry) => !isModulePath(entry.custom_handler)).map(
    ([{ custom_handler: handler }, path]) => ({
      path: [...path, "custom_handler"],
      message: `"${handler}" is written in Python, which Modelyard cannot run. Write ${example("provider")}.`,
    }),
  );
  const named = new Set(callbackModules(config).map(({ name }) => name));
  const unused = Object.keys(config.callback_settings ?? {}).filter((name) => !named.has(name));
  return [
    ...python,
    ...unused.map((name) => ({
      path: ["callback_settings", name],
      message: isModulePath(name)
        ? "no list of callbacks names this module, so it has no effect."
        : "it has no effect: only callbacks that are modules get settings.",
    })),
  ];
}
