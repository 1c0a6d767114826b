import { type ErrorKind, errorKinds, type EventOf } from "@modelyard/core";
import type { DeploymentCooldown, CooldownGroup } from "@modelyard/core/kit";
import type { DeploymentRuntime } from "./deployment-runtime.js";
import type { GroupRuntime } from "./group-runtime.js";

/** The parts of a snapshot that shared cooldowns need. */
interface CooldownParts {
  readonly runtimes: readonly DeploymentRuntime[];
  readonly groups: ReadonlyMap<string, GroupRuntime>;
  readonly hasFallback: (requestedModel: string, group: GroupRuntime) => boolean;
  readonly trouble: (runtime: DeploymentRuntime) => void;
}

/**
 * Applies a cooldown that another process started.
 * @returns the new cooldown, or `undefined` if nothing changed in this process
 */
export function applySharedCooldown(
  snapshot: CooldownParts,
  cooldown: DeploymentCooldown,
  now: number,
): Pick<EventOf<"deployment_cooldown">, "deployment" | "until" | "reason"> | undefined {
  const runtime = snapshot.runtimes.find(({ deployment }) => deployment.id === cooldown.deploymentId);
  const own = runtime === undefined ? undefined : snapshot.groups.get(runtime.deployment.group);
  if (runtime === undefined || own === undefined) return undefined;
  const reason = isKind(cooldown.reason) ? cooldown.reason : "shared";
  const group = alternativesTo(runtime, { own, asked: own, fallback: snapshot.hasFallback(own.name, own) });
  if (!runtime.health.coolDownShared(cooldown.until, reason, now, group)) return undefined;
  snapshot.trouble(runtime);
  return { deployment: runtime.deployment, until: runtime.health.until, reason };
}

/** The groups that a failed deployment belongs to. */
interface Surroundings {
  /** The deployment's own group. */
  readonly own: GroupRuntime;
  /** The group that the request asked for. A deployment may be in several. */
  readonly asked: GroupRuntime;
  readonly fallback: boolean;
}

/** The view of a deployment's group for cooldown policies. */
export function alternativesTo(runtime: DeploymentRuntime, { own, asked, fallback }: Surroundings): CooldownGroup {
  return {
    fallback,
    siblings: asked.runtimes.length - 1,
    size: own.runtimes.length,
    cooling: () => own.coolingBeside(runtime),
  };
}

/**
 * The reason may come from another version of this package. An unknown one only means that the deployment cools down.
 */
function isKind(reason: string): reason is ErrorKind {
  return Object.hasOwn(errorKinds, reason);
}
