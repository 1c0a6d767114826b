import type { Explanation } from "modelyard";
import { type CheckOptions, readFile } from "./check.js";
import { type Origin, OriginFinder, type Origins } from "./origins.js";

export interface ExplainOptions extends CheckOptions {
  readonly model: string;
  readonly json?: boolean;
}

/** An explanation, and where each part of it was said. */
interface Explained extends Omit<Explanation, "deployments"> {
  readonly strategyArgs: unknown;
  readonly origins: Origins;
  readonly deployments: readonly (Explanation["deployments"][number] & { readonly origins: Origins })[];
}

function place(origin: Origin | undefined): string {
  if (origin === undefined) return "";
  return typeof origin === "string" ? `(${origin})` : `(${origin.file}:${String(origin.line)})`;
}

function seconds(ms: number | undefined): string {
  return ms === undefined ? "none" : `${String(ms / 1000)} s`;
}

function perMillion(price: number | undefined): string {
  return price === undefined ? "unknown" : `$${String(Number((price * 1e6).toPrecision(12)))} a million tokens`;
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
    ["strategy", String(explained.strategy), "strategy"],
    ...(hasArgs ? ([["its arguments", JSON.stringify(strategyArgs), "strategyArgs"]] as const) : []),
    ["retries", String(explained.retries), "retries"],
    ...(retryPolicy === undefined ? [] : ([["by class", JSON.stringify(retryPolicy), "retryPolicy"]] as const)),
    ["fallbacks", list(fallbacks.general), "fallbacks.general"],
    ["prompt too long", list(fallbacks.contextWindow), "fallbacks.contextWindow"],
    ["content policy", list(fallbacks.contentPolicy), "fallbacks.contentPolicy"],
    ["groups after the first", `at most ${String(explained.maxFallbacks)}`, "maxFallbacks"],
    [
      "calls in all",
      explained.maxAttempts === undefined ? "as many as the chain allows" : String(explained.maxAttempts),
      "maxAttempts",
    ],
    ["deadline", seconds(explained.deadlineMs), "deadlineMs"],
    [
      "failures allowed",
      explained.allowedFails === undefined ? "by rate" : `${String(explained.allowedFails)} a minute`,
      "allowedFails",
    ],
    ...(explained.disableCooldowns ? ([["cooldowns", "never", "disableCooldowns"]] as const) : []),
    ["answers kept", explained.cacheTtlMs === undefined ? "no" : `for ${seconds(explained.cacheTtlMs)}`, "cacheTtlMs"],
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
    ...given("at once", limits.maxParallelRequests, "maxParallelRequests"),
    ...given("tags", deployment.tags.join(", "), "tags"),
    ...given("region", deployment.region, "region"),
    ["whole answer", seconds(plain.totalMs), "timeout"],
    ["first token", seconds(streamed.firstTokenMs), "firstToken"],
    ["gap in a stream", seconds(streamed.idleMs), "idle"],
    ["connection", seconds(plain.connectMs), "connect"],
    ...(plain.headersMs === undefined ? [] : ([["headers", seconds(plain.headersMs), "headers"]] as const)),
    ...given("retries", deployment.numRetries, "numRetries"),
    ["cooldown", seconds(deployment.cooldownMs), "cooldownMs"],
    ["input", perMillion(prices.inputCostPerToken), "inputCostPerToken"],
    ["output", perMillion(prices.outputCostPerToken), "outputCostPerToken"],
    [
      "longest prompt",
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
  if (!explained.found) return [`Nothing serves "${name}".`, explained.hint].join(" ").trimEnd();
  const indent = (lines: readonly Line[], from: Origins, by: string): readonly string[] =>
    lines.map(([label, value, origin]) => `${by}${label}: ${value}  ${place(from[origin])}`);
  return [
    `${name === group ? `"${name}" is a model group` : `"${name}" leads to the group "${String(group)}"`}  ${place(origins["name"])}`,
    ...indent(groupLines(explained), origins, "  "),
    ...explained.deployments.flatMap((deployment) => [
      `  ${deployment.provider}/${deployment.model}, ${deployment.id}  ${place(deployment.origins["model"])}`,
      ...(deployment.rejection === undefined ? [] : [`    would not serve a plain call: ${deployment.rejection}`]),
      ...indent(deploymentLines(deployment), deployment.origins, "    "),
    ]),
  ].join("\n");
}

/** What would serve a name, as text or JSON, and which line of the file says so. @throws when the file cannot work */
export async function explainFile(
  file: string,
  options: ExplainOptions,
): Promise<{ readonly text: string; readonly found: boolean }> {
  // What serves a name does not depend on secrets.
  const yaml = await readFile(file, { ...options, env: false });
  const { config } = yaml;
  const explanation = yaml.router.explain(options.model);
  await yaml.close();
  const finder = new OriginFinder(config, explanation);
  const explained: Explained = {
    ...explanation,
    strategyArgs: (config.groupStrategies[explanation.group ?? ""] ?? config.strategy).args,
    origins: explanation.found ? finder.group() : {},
    deployments: explanation.deployments.map((deployment) => ({
      ...deployment,
      origins: finder.deployment(deployment),
    })),
  };
  const text = options.json === true ? JSON.stringify(explained, null, 2) : render(explained);
  return { text: `${text}\n`, found: explanation.found };
}
