import type { DeploymentInfo } from "@modelyard/core";
import { didYouMean, invalidOption } from "@modelyard/core/kit";
import { type DeploymentModel, modelOf } from "@modelyard/simulator";
import type { ParsedConfig } from "modelyard";

/** What deployments are like, by id, model, or `*`. */
export type Models = Readonly<Record<string, DeploymentModel>>;

/** A configuration with all its deployments, whose ids it names. */
interface Fleet {
  readonly config: ParsedConfig;
  readonly infos: readonly DeploymentInfo[];
}

type DeploymentOptions = ParsedConfig["router"]["modelList"][number];

const perMillion = 1_000_000;

/**
 * The configuration with other prices and with more deployments.
 * @throws `invalid_option` if a change is not understood, or names no deployment
 */
export function whatIf(
  config: ParsedConfig,
  infos: readonly DeploymentInfo[],
  { price = [], add = [] }: { readonly price?: readonly string[]; readonly add?: readonly string[] },
): Fleet {
  if (price.length + add.length === 0) return { config, infos };
  let fleet = withIds(config, infos);
  for (const change of price) fleet = withPrice(fleet, change);
  for (const name of add) fleet = withOneMore(fleet, name);
  return fleet;
}

/** An id that a file does not set is a hash of the settings, so it would change with them. */
function withIds(config: ParsedConfig, infos: readonly DeploymentInfo[]): Fleet {
  const ids = new Map<string, string[]>();
  for (const { group, id } of infos) ids.set(group, [...(ids.get(group) ?? []), id]);
  return changed(
    { config, infos },
    config.router.modelList.map((options) => {
      const id = ids.get(options.modelName)?.shift();
      return id === undefined ? options : { ...options, id };
    }),
  );
}

function changed({ config, infos }: Fleet, modelList: readonly DeploymentOptions[]): Fleet {
  return { config: { ...config, router: { ...config.router, modelList } }, infos };
}

function withPrice(fleet: Fleet, change: string): Fleet {
  const { name, input, output } =
    /^(?<name>.+)=(?<input>\d+(?:\.\d+)?),(?<output>\d+(?:\.\d+)?)$/u.exec(change)?.groups ?? {};
  const fix = "Write a deployment's id or model and US dollars per million tokens, for example gpt-4o=2.5,10.";
  if (name === undefined) throw invalidOption("--price", `"${change}" is not understood.`, fix);
  const hit = new Map(named("--price", fleet.infos, name, fix).map((info) => [info.id, info]));
  return changed(
    fleet,
    fleet.config.router.modelList.map((options) => {
      const info = hit.get(options.id ?? "");
      return info === undefined ? options : { ...options, ...pricesOf(info, Number(input), Number(output)) };
    }),
  );
}

/** Cached tokens keep their discount. Long prompts cost the same as others. */
function pricesOf({ prices }: DeploymentInfo, input: number, output: number): Partial<DeploymentOptions> {
  const { inputCostPerToken: before, cachedInputCostPerToken: cached } = prices;
  const discount = before === undefined || before === 0 || cached === undefined ? 1 : cached / before;
  return {
    inputCostPerToken: input / perMillion,
    outputCostPerToken: output / perMillion,
    cachedInputCostPerToken: (input / perMillion) * discount,
    priceTiers: [],
  };
}

function withOneMore(fleet: Fleet, name: string): Fleet {
  const fix = "Write the id or model of the deployment that the group should have once more.";
  const [info] = named("--add", fleet.infos, name, fix);
  const options = fleet.config.router.modelList.find(({ id }) => id === info?.id);
  if (info === undefined || options === undefined) return fleet;
  const taken = new Set(fleet.infos.map(({ id }) => id));
  let number = 2;
  while (taken.has(`${info.id}-${String(number)}`)) number += 1;
  const id = `${info.id}-${String(number)}`;
  const more = changed(fleet, [...fleet.config.router.modelList, { ...options, id }]);
  return { ...more, infos: [...fleet.infos, { ...info, id }] };
}

/** The models with the outages that are asked for: requests to a deployment are answered with 503 for some time. */
export function withOutages(models: Models, outages: readonly string[], infos: readonly DeploymentInfo[]): Models {
  const fix = "Write a deployment's id or model and the seconds, for example gpt-4o=60-180.";
  const all: Record<string, DeploymentModel> = { ...models };
  for (const outage of outages) {
    const { name, from, to } = /^(?<name>.+)=(?<from>[\d.]+)-(?<to>[\d.]+)$/u.exec(outage)?.groups ?? {};
    if (name === undefined) throw invalidOption("--outage", `"${outage}" is not understood.`, fix);
    const fault = { kind: "error", status: 503, fromMs: Number(from) * 1_000, toMs: Number(to) * 1_000 } as const;
    for (const info of named("--outage", infos, name, fix)) {
      const before = modelOf(all, info);
      all[info.id] = { ...before, faults: [...(before.faults ?? []), fault] };
    }
  }
  return all;
}

/** The deployments with this id or model, of which there is at least one. */
function named(option: string, infos: readonly DeploymentInfo[], name: string, fix: string): readonly DeploymentInfo[] {
  const hit = infos.filter(({ id, model }) => id === name || model === name);
  if (hit.length > 0) return hit;
  const known = infos.flatMap(({ id, model }) => [id, model]);
  throw invalidOption(option, `there is no deployment "${name}".${didYouMean(name, known)}`, fix);
}
