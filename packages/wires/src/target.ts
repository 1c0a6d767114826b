import type { JsonObject } from "@modelyard/core";
import type { Origin, WireName, Written } from "./hub/common.js";
import type { ToolNames } from "./tool-names.js";

/** What a request writer must know about the deployment that the request is for. */
export interface Target {
  /** The model's name at the vendor. */
  readonly model: string;
  /** Who reads the request, e.g. `openai`: opaque data, uploads and vendor tools of others cannot go there. */
  readonly vendor: string;
  /** The id of the deployment; for opaque data that only its account can read. */
  readonly deployment?: string;
  /** Whether fields that the target does not know are dropped instead of refused. */
  readonly dropParams: boolean;
  /** Fields that must not be sent. Others are not converted into them where there is another way. @defaultValue none */
  readonly omits?: readonly string[] | undefined;
  /** Whether to ask for summaries of what the model thinks, where the request does not say. @defaultValue false */
  readonly summaries?: boolean | undefined;
}

export interface WrittenRequest extends Written<JsonObject> {
  /** How to turn calls in the answer back into the tools that the caller declared. */
  readonly names: ToolNames;
  /** Betas of Messages that the body needs in the header `anthropic-beta`. Not set: none. */
  readonly betas?: readonly string[];
}

/** Whether a target can read opaque data. What is unknown about its origin is not held against it. */
export function canRead(target: Target, { wire, vendor, deployment }: Origin, own: WireName): boolean {
  if (wire !== own) return false;
  if (vendor !== undefined && vendor !== target.vendor) return false;
  return deployment === undefined || target.deployment === undefined || deployment === target.deployment;
}
