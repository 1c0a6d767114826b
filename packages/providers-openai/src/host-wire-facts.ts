import type { Deployment, OperationName } from "@modelyard/core";
import { operations, type WireChoice } from "@modelyard/core/kit";
import type { Dialect } from "./dialect.js";
import type { HostWireFacts } from "./host-wires.js";
import { wiresOfModel } from "./wire-table.js";

export interface HostWireInput {
  readonly operation: OperationName;
  readonly dialect: Dialect;
  readonly deployment: Deployment;
  readonly model: string;
  readonly baseUrl: string | undefined;
  /** Whether the host is OpenAI or Azure. */
  readonly isOpenAI: boolean;
}

/** An address that was copied with the operation at its end. Source: Azure's portal shows it so for models of Responses. */
const responsesAddress = /\/responses\/?(?:\?.*)?$/u;

/** The providers whose hosts name the other wire when they refuse one. */
const learning: ReadonlySet<string> = new Set(["openai", "azure", "azure_ai"]);
const wires = ["chat", "responses"] as const;

/** What decides over which wire the calls of a deployment are made. */
export function hostWireFacts(input: HostWireInput): HostWireFacts {
  const { dialect, deployment, isOpenAI } = input;
  const { name } = dialect;
  const model = wiresOfModel(deployment.baseModel ?? input.model);
  const listed = listedWires(deployment);
  // Foundry serves the models of several vendors.
  const isTabled = isOpenAI || (dialect.foundry === true && (model.version > 0 || model.reasons));
  return {
    operation: input.operation,
    fixed: fixedBy(input),
    speaks: listed ?? new Set<OperationName>(dialect.responses === true ? wires : ["chat"]),
    isOpenAI: isTabled,
    keepsResponses: isTabled || listed?.has("responses") === true,
    learns: learning.has(name),
    chatOverResponses: deployment.chatOverResponses === true && name === "openai",
    messagesOverChat: deployment.messagesOverChat === true,
    model,
  };
}

function fixedBy({ deployment, baseUrl }: HostWireInput): WireChoice | undefined {
  const { wire, info } = deployment;
  if (wire !== undefined) return { operation: wire, why: "the deployment is set to it" };
  if (info?.["mode"] === operations.responses.litellm?.mode)
    return { operation: "responses", why: "the deployment has the mode responses" };
  if (baseUrl !== undefined && responsesAddress.test(baseUrl))
    return { operation: "responses", why: "the deployment's address is that of Responses" };
  return undefined;
}

/** The wires that `supported_endpoints` names. `undefined`: it names none of them. */
function listedWires({ info }: Deployment): ReadonlySet<OperationName> | undefined {
  const listed = info?.["supported_endpoints"];
  if (!Array.isArray(listed)) return undefined;
  const found = wires.filter((wire) =>
    listed.some((path) => typeof path === "string" && path.replace(/\/+$/u, "").endsWith(operations[wire].path)),
  );
  return found.length === 0 ? undefined : new Set<OperationName>(found);
}
