import type { ProviderCall } from "@modelyard/core";
import type { Target } from "@modelyard/wires";
import type { WireOperation, WireTargets } from "./wires.js";

/** What deployments take unless their vendor says otherwise: what almost every host takes. */
const usual: { readonly [Name in WireOperation]: Omit<WireTargets[Name], keyof Target> } = {
  chat: {
    developerRole: false,
    // Vendors rename it for models that know only the newer name.
    limitField: "max_tokens",
    customTools: false,
    cacheMarks: false,
    maxStops: 4,
    topK: false,
    takesReasoning: false,
    // Vendors ask for the usage themselves where the host reports it.
    streamUsage: false,
    webSearch: false,
  },
  messages: {
    traits: {
      sampling: true,
      temperatureWithTopP: true,
      thinking: "budget",
      alwaysThinks: false,
      xhigh: false,
      forcedTools: true,
      jsonSchema: false,
    },
    apiVersion: "2023-06-01",
    maxTokens: 4_096,
    systemTurns: false,
    fitSchema: (schema) => schema,
  },
  responses: { reasoning: false, cacheMarks: false, penalties: false },
};

/** What the vendor says about its deployments. Not set: the usual. */
export type OwnTarget = Partial<WireTargets[WireOperation]> | undefined;

export function targetOf(
  wire: WireOperation,
  { model, deployment }: Pick<ProviderCall, "deployment" | "model">,
  vendor: string,
  own: OwnTarget,
): WireTargets[WireOperation] {
  const target = { model, vendor, dropParams: false, ...usual[wire], ...own };
  return deployment.reasoningSummaries === true ? { ...target, summaries: true } : target;
}
