import { mayDrop } from "@modelyard/core/kit";
import { concreteModel } from "../plan/wildcard.js";
import type { Call } from "../call/call.js";
import { allowedFor, requestFor } from "../call/request-for.js";
import type { DeploymentRuntime } from "../plan/deployment-runtime.js";
import type { GroupRuntime } from "../plan/group-runtime.js";

/**
 * The candidates that support all fields of the request. If none does, all candidates are returned, because the refusal
 * of one of them then tells the caller which field is the problem.
 */
export function supportingCandidates(
  call: Call,
  group: GroupRuntime,
  candidates: readonly DeploymentRuntime[],
): readonly DeploymentRuntime[] {
  // Sorting is a separate function, because the context of its closures would cost every request 92 bytes
  // (bench/src/guard).
  return group.kinds.samples.length === 0 || candidates.length < 2
    ? candidates
    : filterSupporting(call, group, candidates);
}

function filterSupporting(
  call: Call,
  { kinds }: GroupRuntime,
  candidates: readonly DeploymentRuntime[],
): readonly DeploymentRuntime[] {
  const refusing = kinds.samples.filter((sample) => refuses(call, sample));
  if (refusing.length === 0) return candidates;
  const supporting = candidates.filter((runtime) => !refusing.some((sample) => kinds.areAlike(runtime, sample)));
  return supporting.length === 0 ? candidates : supporting;
}

/** Whether a deployment does not support a field of this call that may not be dropped either. */
function refuses(call: Call, runtime: DeploymentRuntime): boolean {
  const { provider, deployment } = runtime;
  const dropParams = call.options.dropParams ?? runtime.dropParams;
  if (provider.unsupportedFields === undefined || dropParams === true || deployment.mockResponse !== undefined)
    return false;
  try {
    const fields = provider.unsupportedFields(call.operation, {
      deployment,
      model: concreteModel(deployment, call.captures),
      request: requestFor(call, runtime) as never,
      allowedParams: allowedFor(call, runtime),
    });
    return fields.some((field) => !mayDrop(dropParams, field));
  } catch (cause) {
    call.services.faults.report(
      provider,
      { provider: provider.name },
      "a provider threw in unsupportedFields()",
      cause,
    );
    return false;
  }
}
