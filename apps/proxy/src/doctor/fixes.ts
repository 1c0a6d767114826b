import type { ErrorKind } from "@modelyard/core";
import type { PlannedCall } from "./plan-calls.js";

type Fix = (call: PlannedCall) => string;

const vendorFails: Fix = () => "The vendor has a problem. Try again later, and give this group a fallback until then.";
const wrongRequest: Fix = () =>
  "Remove the setting that the message names from litellm_params, or set drop_params: true.";
const wrongKey: Fix = ({ apiKeyFrom, host }) =>
  apiKeyFrom === undefined
    ? `Set an api_key that ${host ?? "the host"} accepts.`
    : `Check the key in ${apiKeyFrom}: ${host ?? "the host"} does not accept it.`;

/** What an operator can do about a failure. Kinds that cannot happen here have no entry. */
const fixes: Readonly<Partial<Record<ErrorKind, Fix>>> = {
  authentication: wrongKey,
  permission_denied: ({ apiKeyFrom = "the configuration" }) =>
    `The key in ${apiKeyFrom} may not use this model. Ask for access, or use another key.`,
  quota_exhausted: ({ apiKeyFrom = "the configuration" }) =>
    `The account of the key in ${apiKeyFrom} has no credit left. Add credit, or raise its limit.`,
  rate_limit: () => "The limit of the account is used up. Wait a minute, or ask the vendor for a higher limit.",
  not_found: ({ deployment, host = "The host" }) =>
    deployment.provider === "azure"
      ? `${host} has no deployment "${deployment.model}". Write the name of your Azure deployment after azure/, and check api_base.`
      : `${host} does not know the model "${deployment.model}". Correct model, or check api_base.`,
  timeout: ({ host = "the host" }) =>
    `Check whether ${host} is reachable and not overloaded, or wait longer with --timeout.`,
  api_connection: ({ host = "the host" }) => `Check api_base, and that this machine can reach ${host}.`,
  invalid_response: ({ host = "The host" }) =>
    `${host} does not answer like this provider's API. Check api_base and its path.`,
  stream_interrupted: vendorFails,
  bad_request: wrongRequest,
  unsupported_params: wrongRequest,
  unprocessable_entity: wrongRequest,
  internal_server: vendorFails,
  bad_gateway: vendorFails,
  service_unavailable: vendorFails,
  overloaded: vendorFails,
  api_error: vendorFails,
  conflict: vendorFails,
};

export function fixFor(kind: ErrorKind, call: PlannedCall): string | undefined {
  return fixes[kind]?.(call);
}
