import type { RouterConfig } from "@modelyard/core";
import type { AffinityKey } from "@modelyard/core/kit";
import type { Finding } from "./findings.js";
import type { Path } from "./path.js";
import type { ConfigFile } from "./schema.js";

/** LiteLLM's checks that keep sessions at their deployments, and the keys by which they do. */
const affinityChecks: ReadonlyMap<string, AffinityKey> = new Map([
  ["session_affinity", "session"],
  ["responses_api_deployment_check", "response"],
  ["prompt_caching", "prompt"],
  ["deployment_affinity", "user"],
]);

/** Checks that need no setting: what a vendor encrypted goes back to its account, and limits count under every strategy. */
const always: ReadonlySet<string> = new Set(["encrypted_content_affinity", "enforce_model_rate_limits"]);

const instead: ReadonlyMap<string, string> = new Map([
  ["router_budget_limiting", "Modelyard reports spending, but does not limit it"],
  ["forward_client_headers_by_model_group", "which headers of clients are sent is the same for every group"],
]);

function keysOf(checks: readonly string[]): readonly AffinityKey[] {
  return checks.flatMap((check) => affinityChecks.get(check) ?? []);
}

/** What LiteLLM's lists of checks mean for `affinity`, unless that is set itself. */
export function affinityIn(file: ConfigFile, own: Partial<RouterConfig>): Partial<RouterConfig> {
  const { optional_pre_call_checks: checks, model_group_affinity_config: byGroup = {} } = file.router_settings ?? {};
  const keys = checks === undefined ? [] : keysOf(checks);
  const groups = Object.entries(byGroup).map(
    ([group, list]) => [group, { affinity: keysOf(list), ...own.groups?.[group] }] as const,
  );
  return {
    ...(own.affinity === undefined && keys.length > 0 ? { affinity: keys } : {}),
    ...(groups.length > 0 ? { groups: { ...own.groups, ...Object.fromEntries(groups) } } : {}),
  };
}

/** Warnings about checks that are not made. */
export function preCallCheckWarnings(config: ConfigFile | undefined): readonly Finding[] {
  const { optional_pre_call_checks: checks = [], model_group_affinity_config: byGroup = {} } =
    config?.router_settings ?? {};
  const inList = (path: Path, list: readonly string[]): readonly Finding[] =>
    list
      .filter((check) => !affinityChecks.has(check) && !always.has(check))
      .map((check) => {
        const known = [...affinityChecks.keys(), ...always].join(", ");
        const reason = instead.get(check) ?? `the checks that are made are ${known}`;
        return { path, message: `it contains "${check}", which has no effect: ${reason}.` };
      });
  return [
    ...inList(["router_settings", "optional_pre_call_checks"], checks),
    ...Object.entries(byGroup).flatMap(([group, list]) =>
      inList(["router_settings", "model_group_affinity_config", group], list),
    ),
  ];
}
