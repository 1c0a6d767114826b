import { memoryState } from "@modelyard/cache-memory";
import type { SharedState } from "@modelyard/core";
import type { DeploymentCooldown } from "@modelyard/core/kit";

/** Shared state for tests, which play the part of all other processes and control whether the store is reachable. */
export interface Store extends SharedState {
  available: boolean;
  processes: number;
  /** Cooldowns that are stored without notifying listeners, as if they had started while the store was unreachable. */
  readonly known: DeploymentCooldown[];
  /** The calls of `startCooldown` and `endCooldown` that the router has made, in order. */
  readonly cooldownCalls: readonly (readonly unknown[])[];
  /** How many listeners are registered, of any kind. */
  readonly listeners: number;
  /** Notifies the router of a cooldown that another process has started. */
  reportCooldown(deploymentId: string, until: number, reason: string): void;
  /** Makes the store reachable or unreachable, and notifies the router. */
  setAvailable(available: boolean): void;
  /** The message that the router would now send to other processes. */
  outgoing(): string | undefined;
  /** Delivers a message of another process to the router. */
  deliver(message: unknown): void;
}

interface Listeners {
  readonly cooldown: (cooldown: DeploymentCooldown) => void;
  readonly availability: (available: boolean) => void;
  readonly message: () => string | undefined;
  readonly receive: (message: string) => void;
}

export function store(): Store {
  const memory = memoryState();
  const registered: Partial<Listeners> = {};
  const known: DeploymentCooldown[] = [];
  const cooldownCalls: (readonly unknown[])[] = [];
  const listen = (some: Partial<Listeners>) => {
    Object.assign(registered, some);
    return () => {
      for (const name of Object.keys(some)) Reflect.deleteProperty(registered, name);
    };
  };
  return {
    name: "store",
    available: true,
    processes: 2,
    known,
    cooldownCalls,
    get listeners() {
      return Object.keys(registered).length;
    },
    reserve: (request) => memory.reserve(request),
    settle: (request) => memory.settle(request),
    extend: (reservation) => memory.extend(reservation),
    used: (query) => memory.used(query),
    startCooldown: (cooldown) => {
      cooldownCalls.push(["startCooldown", cooldown]);
      return cooldown.until;
    },
    endCooldown: (deploymentId, until) => {
      cooldownCalls.push(["endCooldown", deploymentId, until]);
    },
    cooldowns: () => [...known],
    onCooldown: (cooldown) => listen({ cooldown }),
    onAvailability: (availability) => listen({ availability }),
    gossip: (message, receive) => listen({ message, receive }),
    reportCooldown: (deploymentId, until, reason) => registered.cooldown?.({ deploymentId, until, reason }),
    setAvailable(available) {
      this.available = available;
      registered.availability?.(available);
    },
    outgoing: () => registered.message?.(),
    deliver: (message) => registered.receive?.(typeof message === "string" ? message : JSON.stringify(message)),
    close: () => memory.close(),
  };
}
