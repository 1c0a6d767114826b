import type { JsonObject, OperationName, RouterError } from "@modelyard/core";
import { type CallRoute, operations, type SurfaceAnswer } from "@modelyard/core/kit";
import { json } from "../answers.js";

/** Faults of the request itself, also those that a vendor found. An estimate would hide them. */
function isCallersFault(error: RouterError): boolean {
  if (error.blame === "caller") return true;
  if (error.kind === "bad_request") return error.code !== "no_deployment_fits";
  return error.source === "router" && error.kind === "model_not_found";
}

/** Says that a count is the router's own estimate. */
const estimated = { "x-modelyard-estimated": "input_tokens" };

/**
 * A route that counts the tokens of a request. If no deployment can count them, or all that can have failed, it answers with the
 * router's estimate, which is the same for all models.
 * @param fields - what an answer has besides the count
 */
export function countRoute(
  operation: OperationName,
  places: Pick<CallRoute, "aliases" | "path">,
  fields: JsonObject = {},
): CallRoute {
  const { inputTokens } = operations[operation];
  return {
    method: "POST",
    ...places,
    operation,
    instead: (error, request): SurfaceAnswer | undefined =>
      isCallersFault(error) ? undefined : json(200, { ...fields, input_tokens: inputTokens(request) }, estimated),
  };
}
