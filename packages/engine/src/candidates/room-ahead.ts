import type { Call } from "../call/call.js";
import type { Reason } from "../call/reason.js";
import type { DeploymentRuntime } from "../plan/deployment-runtime.js";
import type { GroupRuntime } from "../plan/group-runtime.js";
import { reasonsOf } from "./reasons.js";
import type { Exclusions } from "./select.js";

/** Which deployments of a group could serve a call if they had room, and when the first one may have it. */
export interface RoomAhead {
  readonly runtimes: readonly DeploymentRuntime[];
  /** Milliseconds until the first limit passes by itself. `Infinity`: none does, as with parallel calls. */
  readonly soonestMs: number;
  /** Whether none has room before that. Otherwise it may be sooner, since calls that end return what they did not use. */
  readonly isCertain: boolean;
}

const claimedByOthers: Reason = { kind: "parallel", text: "others wait for it", passesMs: undefined };

/**
 * Finds the deployments that only limits keep from serving a call.
 * @param claimed - deployments that others wait for, even if they have room for this call
 */
export function roomAhead(
  call: Call,
  group: GroupRuntime,
  { tried, again, silent }: Exclusions,
  claimed: readonly DeploymentRuntime[],
): RoomAhead {
  const runtimes: DeploymentRuntime[] = [];
  let soonestMs = Number.POSITIVE_INFINITY;
  let isCertain = true;
  for (const [index, current] of reasonsOf(call, group).entries()) {
    const runtime = group.runtimes[index] as DeploymentRuntime;
    const reason = current ?? (claimed.includes(runtime) ? claimedByOthers : call.refusals?.get(runtime));
    if (reason === undefined || !isLimit(reason, runtime)) continue;
    if (silent.includes(runtime) || (!again && tried.includes(runtime))) continue;
    runtimes.push(runtime);
    soonestMs = Math.min(soonestMs, reason.passesMs ?? Number.POSITIVE_INFINITY);
    if (!isFixed(call, reason, runtime)) isCertain = false;
  }
  return { runtimes, soonestMs, isCertain };
}

function isLimit(reason: Reason, { health }: DeploymentRuntime): boolean {
  if (reason.passesMs === Number.POSITIVE_INFINITY) return false;
  if (reason.kind === "limit" || reason.kind === "parallel") return true;
  // A probe tests whether the vendor's limit has passed.
  return reason.kind === "health" && health.reason === "rate_limit";
}

/** Whether nothing but time frees it. */
function isFixed(call: Call, { kind, isFixed: fixed = false }: Reason, runtime: DeploymentRuntime): boolean {
  if (kind !== "limit") return false;
  return fixed || (runtime.inFlight === 0 && call.services.sharedState === undefined);
}
