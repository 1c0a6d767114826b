import type { ModelCatalog } from "@modelyard/core";
import type { FoundKey } from "./find-keys.js";
import { type Starter, starters } from "./starters.js";

interface Entry {
  readonly group: string;
  readonly found: FoundKey;
  readonly model: string;
  readonly baseModel: string | undefined;
}

/** How many groups follow one whose vendor fails. */
const mostFallbacks = 2;

/** The name that callers use: the model, without the vendors in front. */
function groupOf(model: string): string {
  return (model.split("/").at(-1) ?? model).toLowerCase();
}

function entryOf(found: FoundKey, { baseModel }: Starter, model: string): Entry {
  return { group: groupOf(baseModel ?? model), found, model, baseModel };
}

/**
 * One model of each vendor, or two models if there is only one vendor. Those whose names are not complete come last.
 */
function entriesOf(keys: readonly FoundKey[]): readonly Entry[] {
  const usable = keys.flatMap((found) => {
    const starter = starters[found.provider.name];
    return starter === undefined || found.missing !== undefined ? [] : [{ found, starter }];
  });
  const main = usable
    .toSorted(
      (one, other) => Number(one.starter.baseModel !== undefined) - Number(other.starter.baseModel !== undefined),
    )
    .map(({ found, starter }) => entryOf(found, starter, starter.model));
  const [only] = usable;
  if (usable.length !== 1 || only?.starter.small === undefined) return main;
  return [...main, entryOf(only.found, only.starter, only.starter.small)];
}

function dollars(perToken: number): string {
  return `$${String(Number((perToken * 1e6).toPrecision(6)))}`;
}

/** What is known about a model, as the end of a comment. */
function factsOf(
  { found, model, baseModel = `${found.provider.name}/${model}` }: Entry,
  catalog: ModelCatalog,
): string {
  const [provider = "", ...rest] = baseModel.split("/");
  const facts = catalog(provider, rest.join("/"));
  const { inputCostPerToken: input, outputCostPerToken: output, maxInputTokens: window } = facts ?? {};
  const price =
    input === undefined || output === undefined
      ? []
      : [`${dollars(input)} per million tokens of prompts and ${dollars(output)} of answers`];
  const size = window === undefined ? [] : [`a window of ${window.toLocaleString("en")} tokens`];
  const known = [...price, ...size];
  return known.length === 0 ? "" : `: ${known.join(", ")}`;
}

function entryLines(entry: Entry, catalog: ModelCatalog): readonly string[] {
  const { group, found, model, baseModel } = entry;
  const { provider, variable, addressVariable } = found;
  return [
    `  # ${baseModel ?? `${provider.name}/${model}`}${factsOf(entry, catalog)}.`,
    `  - model_name: ${group}`,
    "    litellm_params:",
    baseModel === undefined
      ? `      model: ${provider.name}/${model}`
      : `      model: ${provider.name}/${model} # Replace it by the name of your deployment.`,
    ...(baseModel === undefined ? [] : [`      base_model: ${baseModel} # The model that it runs.`]),
    ...(addressVariable === undefined ? [] : [`      api_base: os.environ/${addressVariable}`]),
    `      api_key: os.environ/${variable}`,
    "      rpm: 500 # Requests per minute. Set it to the limit of your account.",
  ];
}

/** Commented entries for keys whose models or addresses are not known. */
function otherLines({ provider, variable, missing }: FoundKey): readonly string[] {
  const address = missing?.variable ?? "ADDRESS";
  return [
    `  # ${variable} is set, too. To use it, remove the # from these lines, and replace MODEL.`,
    ...(missing === undefined
      ? []
      : [`  # ${provider.name} also needs ${missing.variable ?? "its address in api_base"}.`]),
    "  # - model_name: MODEL",
    "  #   litellm_params:",
    `  #     model: ${provider.name}/MODEL`,
    ...(missing === undefined || missing.isPart ? [] : [`  #     api_base: os.environ/${address}`]),
    `  #     api_key: os.environ/${variable}`,
  ];
}

function fallbackLines(groups: readonly string[]): readonly string[] {
  if (groups.length < 2) return [];
  return [
    "  # What serves when a group cannot.",
    "  fallbacks:",
    ...groups.map((group) => {
      const others = groups.filter((other) => other !== group).slice(0, mostFallbacks);
      return `    - ${group}: [${others.join(", ")}]`;
    }),
  ];
}

export interface WriteOptions {
  /** The name of the file, for the commands in its first lines. */
  readonly file: string;
  readonly catalog: ModelCatalog;
  /** The variable with the key that callers have to send, if it is set. */
  readonly masterKey: string | undefined;
  /** The path of the JSON Schema for editors, if there is one. */
  readonly schema: string | undefined;
}

/**
 * Writes a configuration with a model of each vendor whose key was found. It refers to the keys, and does not contain
 * them.
 * @returns `undefined` if no model is known for any of the keys
 */
export function writeConfig(keys: readonly FoundKey[], options: WriteOptions): string | undefined {
  const { file, catalog, masterKey, schema } = options;
  const entries = entriesOf(keys);
  if (entries.length === 0) return undefined;
  const used = new Set(entries.map(({ found }) => found));
  const groups = [...new Set(entries.map(({ group }) => group))];
  const lines = [
    ...(schema === undefined ? [] : [`# yaml-language-server: $schema=${schema}`]),
    "# Written by modelyard init for the keys in the environment. Next:",
    `#   npx modelyard check ${file}       finds problems`,
    `#   npx modelyard explain ${file}     shows what each setting is, and where it comes from`,
    `#   npx modelyard doctor ${file}      calls every deployment once`,
    `#   npx modelyard --config ${file}    serves`,
    "",
    "model_list:",
    ...entries.flatMap((entry) => entryLines(entry, catalog)),
    ...keys.filter((found) => !used.has(found)).flatMap(otherLines),
    "",
    "router_settings:",
    "  model_group_alias:",
    `    default: ${groups[0] ?? ""} # Callers that ask for "default" stay as they are when you choose another model.`,
    ...fallbackLines(groups),
    "  num_retries: 2 # In each group, before a fallback.",
    "  timeout: 120 # Seconds for a whole answer.",
    "  stream_timeout: 30 # Seconds for the first token of a stream, and for gaps in it.",
    "  allowed_fails: 3 # Failures per minute. One more starts a cooldown,",
    "  cooldown_time: 30 # for this many seconds.",
    "",
    "general_settings:",
    ...(masterKey === undefined
      ? [
          "  # Without a master key, only this machine can call. With one, everyone can who has it.",
          "  # master_key: os.environ/LITELLM_MASTER_KEY",
        ]
      : [`  master_key: os.environ/${masterKey} # Callers send it with every request.`]),
    "  port: 4000",
    "",
  ];
  return lines.join("\n");
}
