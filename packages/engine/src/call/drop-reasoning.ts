import type { RouterError } from "@modelyard/core";
import type { Call } from "./call.js";

/**
 * After a vendor could not read the reasoning in the request, lets the next attempts go without it. That happens once per
 * request. The next attempt counts as an attempt, but not as a retry: nothing was wrong with the deployment.
 * @returns whether there is a next attempt
 */
export function dropReasoning(call: Call, { upstream }: RouterError): boolean {
  if (upstream?.foreignReasoning !== true || call.withoutReasoning === true) return false;
  if (call.row.withoutReasoning === undefined || !call.attemptsLeft || call.cancellation.cancelled) return false;
  call.withoutReasoning = true;
  call.attempt += 1;
  return true;
}
