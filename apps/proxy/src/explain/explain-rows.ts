import type { Explained, ExplainedDeployment } from "./explain.js";
import type { Origin, Origins } from "./origins.js";
import { inDeploymentRows, inGroupRows, inYaml, otherRows, type Row } from "./setting-rows.js";

function seconds(ms: number | undefined): string {
  return ms === undefined ? "none" : `${String(ms / 1000)} s`;
}

function price(perToken: number | undefined): string | undefined {
  if (perToken === undefined) return undefined;
  const plain = perToken.toFixed(15).replace(/\.?0+$/u, "");
  return `${plain} ($${String(Number((perToken * 1e6).toPrecision(12)))} per million tokens)`;
}

type Value = boolean | number | string | undefined;

/** Makes rows of the parts that have a value. Each names the origin of its value. */
function rowsFrom(origins: Origins): (label: string, value: Value, origin: string) => readonly Row[] {
  const unknown: Origin = "unknown";
  return (label, value, origin) =>
    value === undefined || value === "" ? [] : [{ label, value: String(value), origin: origins[origin] ?? unknown }];
}

/** The groups that follow a failure. A list for other groups is not the origin of an empty one. */
function fallbackRow(label: string, groups: readonly string[], origin: Origin = "default"): Row {
  return groups.length === 0
    ? { label, value: "none", origin: "default" }
    : { label, value: groups.join(", then "), origin };
}

/** The rows of a group, with the keys that a file uses. */
export function groupRows(explained: Explained): readonly Row[] {
  const { fallbacks, retryPolicy, strategyArgs, origins } = explained;
  const row = rowsFrom(origins);
  const hasArgs = Object.keys(strategyArgs as object).length > 0;
  return [
    ...row("routing_strategy", explained.strategy, "strategy"),
    ...row("routing_strategy_args", hasArgs ? inYaml(strategyArgs) : undefined, "strategyArgs"),
    ...row("num_retries", explained.retries, "retries"),
    ...row("retry_policy", retryPolicy === undefined ? undefined : inYaml(retryPolicy), "retryPolicy"),
    fallbackRow("fallbacks", fallbacks.general, origins["fallbacks.general"]),
    fallbackRow("context_window_fallbacks", fallbacks.contextWindow, origins["fallbacks.contextWindow"]),
    fallbackRow("content_policy_fallbacks", fallbacks.contentPolicy, origins["fallbacks.contentPolicy"]),
    ...row("max_fallbacks", explained.maxFallbacks, "maxFallbacks"),
    ...row("max_attempts", explained.maxAttempts ?? "no limit", "maxAttempts"),
    ...row("deadline", seconds(explained.deadlineMs), "deadlineMs"),
    ...row(
      "allowed_fails",
      explained.allowedFails === undefined ? "by failure rate" : `${String(explained.allowedFails)} per minute`,
      "allowedFails",
    ),
    ...row("disable_cooldowns", explained.disableCooldowns ? true : undefined, "disableCooldowns"),
    ...row("cache", explained.cacheTtlMs === undefined ? "off" : seconds(explained.cacheTtlMs), "cacheTtlMs"),
    ...otherRows(explained.settings, inGroupRows),
  ];
}

/** The row that says where the key comes from. */
function keyRow({ apiKeyFrom: from, apiKeyIsMissing, settings }: ExplainedDeployment): readonly Row[] {
  if (from === undefined) return [];
  const origin = settings.find(({ name }) => name === "apiKey")?.origin ?? "unknown";
  const value = apiKeyIsMissing ? `${from}, not set here` : from;
  return [{ label: "api_key", value, origin: origin === "default" ? "environment" : origin }];
}

/** For calls of which APIs another API of the vendor is used, and why. */
function wireRows({ wires, origins }: ExplainedDeployment): readonly Row[] {
  const set = origins["wire"] ?? "default";
  const origin = set === "default" ? "provider" : set;
  return Object.entries(wires).flatMap(([operation, { exceptions = [], ...usual }]) => {
    const translated = usual.operation === operation ? [] : [{ ...usual, when: "" }];
    return [...translated, ...exceptions].map(({ operation: wire, why, when }) => ({
      label: `wire of ${operation}${when === "" ? "" : ` ${when}`}`,
      value: `${wire}, because ${why}`,
      origin,
    }));
  });
}

/** The rows that tell deployments apart. */
function identityRows({ id, host, settings, origins }: ExplainedDeployment): readonly Row[] {
  const address = settings.find(({ name }) => name === "apiBase");
  const isNamed = origins["id"] !== "default";
  const isAddressed = address?.value !== undefined && address.origin !== "default";
  return [
    ...(isNamed ? rowsFrom(origins)("id", id, "id") : []),
    ...(isAddressed ? [{ label: "api_base", value: host ?? inYaml(address.value), origin: address.origin }] : []),
  ];
}

/** The rows of a deployment, with the keys that a file uses. */
export function deploymentRows(deployment: ExplainedDeployment): readonly Row[] {
  const { limits, plainTimeouts: plain, streamTimeouts: streamed, prices, capabilities } = deployment;
  const row = rowsFrom(deployment.origins);
  return [
    ...identityRows(deployment),
    ...keyRow(deployment),
    ...row("order", deployment.order, "order"),
    ...row("weight", deployment.weight, "weight"),
    ...row("rpm", limits.rpm, "rpm"),
    ...row("tpm", limits.tpm, "tpm"),
    ...row("max_parallel_requests", limits.maxParallelRequests, "maxParallelRequests"),
    ...row("tags", deployment.tags.join(", "), "tags"),
    ...row("region_name", deployment.region, "region"),
    ...wireRows(deployment),
    ...row("timeout", seconds(plain.totalMs), "timeout"),
    ...row("first_token_timeout", seconds(streamed.firstTokenMs), "firstToken"),
    ...row("idle_timeout", seconds(streamed.idleMs), "idle"),
    ...row("connect_timeout", seconds(plain.connectMs), "connect"),
    ...row("headers_timeout", plain.headersMs === undefined ? undefined : seconds(plain.headersMs), "headers"),
    ...row("num_retries", deployment.numRetries, "numRetries"),
    ...row("cooldown_time", seconds(deployment.cooldownMs), "cooldownMs"),
    ...row("input_cost_per_token", price(prices.inputCostPerToken) ?? "not known", "inputCostPerToken"),
    ...row("output_cost_per_token", price(prices.outputCostPerToken) ?? "not known", "outputCostPerToken"),
    ...row("max_input_tokens", deployment.maxInputTokens ?? "not known", "maxInputTokens"),
    ...row("supports_function_calling", capabilities.tools, "tools"),
    ...row("supports_vision", capabilities.vision, "vision"),
    ...row("supports_response_schema", capabilities.jsonSchema, "jsonSchema"),
    ...otherRows(deployment.settings, inDeploymentRows),
  ];
}
