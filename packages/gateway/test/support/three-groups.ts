import type { OperationName } from "@modelyard/core";
import { operationNames, systemClock } from "@modelyard/core/kit";
import { createRouter } from "@modelyard/router";
import { deploymentOptions, scriptedProvider, type ScriptedProvider } from "@modelyard/testing";
import { createGateway, type Gateway, type GatewayOptions } from "../../src/index.js";

export const hello = { model: "gpt-4", messages: [{ role: "user", content: "hi" }] };

/** A gateway over the groups `gpt-4` (deployment `a`), `other` (`b`, its fallback) and `wild/*` (`w`), with two aliases. */
export function threeGroups(
  options: GatewayOptions = {},
  operations: readonly OperationName[] = operationNames,
): {
  readonly provider: ScriptedProvider;
  readonly gateway: Gateway;
} {
  const provider = scriptedProvider({ clock: systemClock, operations });
  const router = createRouter({
    providers: [provider],
    numRetries: 1,
    modelList: [
      deploymentOptions("a"),
      deploymentOptions("b", { modelName: "other" }),
      deploymentOptions("w", { modelName: "wild/*", model: "openai/*" }),
    ],
    modelGroupAlias: { four: "gpt-4", secretly: { model: "gpt-4", hidden: true } },
    fallbacks: { "gpt-4": ["other"] },
  });
  return { provider, gateway: createGateway(router, { maxRequestBytes: 10_000, ...options }) };
}
