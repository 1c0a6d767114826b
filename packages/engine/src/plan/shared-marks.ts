import { type BenchMark, type ErrorKind, errorKinds, type EventOf } from "@modelyard/core";
import type { DeploymentRuntime } from "./deployment-runtime.js";
import type { GroupRuntime } from "./group-runtime.js";

/** The parts of a snapshot that a mark concerns. */
interface MarkedParts {
  readonly members: readonly DeploymentRuntime[];
  readonly groups: ReadonlyMap<string, GroupRuntime>;
  readonly hasFallback: (requestedModel: string, group: GroupRuntime) => boolean;
  readonly trouble: (runtime: DeploymentRuntime) => void;
}

/**
 * Applies a cooldown that another process started.
 * @returns what it changed here; `undefined`: nothing
 */
export function takeMark(
  snapshot: MarkedParts,
  mark: BenchMark,
  now: number,
): Pick<EventOf<"deployment_benched">, "deployment" | "until" | "reason"> | undefined {
  const runtime = snapshot.members.find((member) => member.deployment.id === mark.deploymentId);
  if (runtime === undefined) return undefined;
  const group = snapshot.groups.get(runtime.deployment.group);
  const helped = group !== undefined && snapshot.hasFallback(group.name, group);
  const reason = isKind(mark.reason) ? mark.reason : "shared";
  // By the rate rule each process keeps half of a group without a fallback: others may have found the other half broken.
  const failed = reason !== "shared" && ["upstream", "transport"].includes(errorKinds[reason].blame);
  const halves = failed && !helped && !runtime.health.countsFailures;
  if (halves && group?.hasRoomFor(runtime) === false) return undefined;
  if ((group?.single === true && !helped) || !runtime.health.benchShared(mark.until, reason, now)) return undefined;
  snapshot.trouble(runtime);
  return { deployment: runtime.deployment, until: runtime.health.until, reason };
}

/** Marks may come from other versions: a word that is not one of our kinds only says that the deployment cools down. */
function isKind(reason: string): reason is ErrorKind {
  return Object.hasOwn(errorKinds, reason);
}
