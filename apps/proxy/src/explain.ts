import type { Explanation } from "modelyard";
import { type CheckOptions, readFile } from "./check.js";
import { OriginFinder, type Origins } from "./origins.js";
import { inDeploymentLines, inGroupLines, otherLines, type PlacedSetting, place } from "./setting-lines.js";

export interface ExplainOptions extends CheckOptions {
  readonly model: string;
  readonly json?: boolean;
}

/** An explanation, with the place in the file that each part comes from. */
interface Explained extends Omit<Explanation, "deployments" | "settings"> {
  readonly strategyArgs: unknown;
  readonly origins: Origins;
  readonly settings: readonly PlacedSetting[];
  readonly deployments: readonly (Omit<Explanation["deployments"][number], "settings"> & {
    readonly origins: Origins;
    readonly settings: readonly PlacedSetting[];
  })[];
}

function seconds(ms: number | undefined): string {
  return ms === undefined ? "none" : `${String(ms / 1000)} s`;
}

function perMillion(price: number | undefined): string {
  return price === undefined ? "unknown" : `$${String(Number((price * 1e6).toPrecision(12)))} per million tokens`;
}

function list(names: readonly string[]): string {
  return names.length === 0 ? "none" : names.join(", then ");
}

function yes(value: boolean | undefined): string {
  return value === undefined ? "unknown" : value ? "yes" : "no";
}

type Line = readonly [label: string, value: string, origin: string];

function groupLines(explained: Explained): readonly Line[] {
  const { fallbacks, retryPolicy, strategyArgs } = explained;
  const hasArgs = Object.keys(strategyArgs as object).length > 0;
  return [
    ["routing_strategy", String(explained.strategy), "strategy"],
    ...(hasArgs ? ([["routing_strategy_args", JSON.stringify(strategyArgs), "strategyArgs"]] as const) : []),
    ["num_retries", String(explained.retries), "retries"],
    ...(retryPolicy === undefined ? [] : ([["retry_policy", JSON.stringify(retryPolicy), "retryPolicy"]] as const)),
    ["fallbacks", list(fallbacks.general), "fallbacks.general"],
    ["context_window_fallbacks", list(fallbacks.contextWindow), "fallbacks.contextWindow"],
    ["content_policy_fallbacks", list(fallbacks.contentPolicy), "fallbacks.contentPolicy"],
    ["max_fallbacks", String(explained.maxFallbacks), "maxFallbacks"],
    ["max_attempts", explained.maxAttempts === undefined ? "no limit" : String(explained.maxAttempts), "maxAttempts"],
    ["deadline", seconds(explained.deadlineMs), "deadlineMs"],
    [
      "allowed_fails",
      explained.allowedFails === undefined ? "by failure rate" : `${String(explained.allowedFails)} per minute`,
      "allowedFails",
    ],
    ...(explained.disableCooldowns ? ([["disable_cooldowns", "true", "disableCooldowns"]] as const) : []),
    ["cache", explained.cacheTtlMs === undefined ? "off" : seconds(explained.cacheTtlMs), "cacheTtlMs"],
  ];
}

function deploymentLines(deployment: Explained["deployments"][number]): readonly Line[] {
  const { limits, plainTimeouts: plain, streamTimeouts: streamed, prices, capabilities } = deployment;
  const given = (label: string, value: string | number | undefined, origin: string): readonly Line[] =>
    value === undefined || value === "" ? [] : [[label, String(value), origin]];
  return [
    ...given("order", deployment.order, "order"),
    ...given("weight", deployment.weight, "weight"),
    ...given("rpm", limits.rpm, "rpm"),
    ...given("tpm", limits.tpm, "tpm"),
    ...given("max_parallel_requests", limits.maxParallelRequests, "maxParallelRequests"),
    ...given("tags", deployment.tags.join(", "), "tags"),
    ...given("region_name", deployment.region, "region"),
    ...Object.entries(deployment.wires).map(([operation, { operation: wire, why }]): Line => [
      `wire of ${operation}`,
      `${wire}, because ${why}`,
      "wire",
    ]),
    ["timeout", seconds(plain.totalMs), "timeout"],
    ["first_token_timeout", seconds(streamed.firstTokenMs), "firstToken"],
    ["idle_timeout", seconds(streamed.idleMs), "idle"],
    ["connect_timeout", seconds(plain.connectMs), "connect"],
    ...(plain.headersMs === undefined ? [] : ([["headers_timeout", seconds(plain.headersMs), "headers"]] as const)),
    ...given("num_retries", deployment.numRetries, "numRetries"),
    ["cooldown_time", seconds(deployment.cooldownMs), "cooldownMs"],
    ["input_cost", perMillion(prices.inputCostPerToken), "inputCostPerToken"],
    ["output_cost", perMillion(prices.outputCostPerToken), "outputCostPerToken"],
    [
      "max_input_tokens",
      deployment.maxInputTokens === undefined ? "unknown" : `${String(deployment.maxInputTokens)} tokens`,
      "maxInputTokens",
    ],
    ...(capabilities.tools === undefined ? [] : ([["tools", yes(capabilities.tools), "tools"]] as const)),
    ...(capabilities.vision === undefined ? [] : ([["images", yes(capabilities.vision), "vision"]] as const)),
    ...(capabilities.jsonSchema === undefined
      ? []
      : ([["JSON schema", yes(capabilities.jsonSchema), "jsonSchema"]] as const)),
  ];
}

function render(explained: Explained): string {
  const { name, group, origins } = explained;
  if (!explained.found) return [`No deployment serves "${name}".`, explained.hint].join(" ").trimEnd();
  const indent = (lines: readonly Line[], from: Origins, by: string): readonly string[] =>
    lines.map(([label, value, origin]) => `${by}${label}: ${value}  ${place(from[origin])}`);
  return [
    `${name === group ? `"${name}" is a model group` : `"${name}" is served by the group "${String(group)}"`}  ${place(origins["name"])}`,
    ...indent(groupLines(explained), origins, "  "),
    ...otherLines(explained.settings, inGroupLines).map((line) => `  ${line}`),
    ...explained.deployments.flatMap((deployment) => [
      `  ${deployment.provider}/${deployment.model}, ${deployment.id}  ${place(deployment.origins["model"])}`,
      ...(deployment.rejection === undefined ? [] : [`    would not serve a plain request: ${deployment.rejection}`]),
      ...indent(deploymentLines(deployment), deployment.origins, "    "),
      ...otherLines(deployment.settings, inDeploymentLines).map((line) => `    ${line}`),
    ]),
  ].join("\n");
}

/**
 * Explains as text or JSON what would serve a model name, and which lines of the file decide that.
 * @throws if the file has errors
 */
export async function explainFile(
  file: string,
  options: ExplainOptions,
): Promise<{ readonly text: string; readonly found: boolean }> {
  // The explanation does not depend on secrets, so environment variables need not be set.
  const yaml = await readFile(file, { ...options, env: false });
  const { config } = yaml;
  const explanation = yaml.router.explain(options.model);
  await yaml.close();
  const finder = new OriginFinder(config, explanation);
  const explained: Explained = {
    ...explanation,
    strategyArgs: (config.groupStrategies[explanation.group ?? ""] ?? config.strategy).args,
    origins: explanation.found ? finder.group() : {},
    settings: explanation.settings.map((setting) => ({ ...setting, origin: finder.setting(setting.name) })),
    deployments: explanation.deployments.map((deployment) => ({
      ...deployment,
      settings: deployment.settings.map((setting) => ({
        ...setting,
        origin: finder.setting(setting.name, deployment.position),
      })),
      origins: finder.deployment(deployment),
    })),
  };
  const text = options.json === true ? JSON.stringify(explained, null, 2) : render(explained);
  return { text: `${text}\n`, found: explanation.found };
}
