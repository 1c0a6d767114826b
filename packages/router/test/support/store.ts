import { memoryState } from "@modelyard/cache-memory";
import type { SharedState } from "@modelyard/core";
import type { CooldownMark } from "@modelyard/core/kit";

/** Shared state of which a test plays all the others: what they say, and whether the store answers. */
export interface Store extends SharedState {
  available: boolean;
  processes: number;
  /** Marks that were set before, or while nobody heard of them. */
  readonly known: CooldownMark[];
  /** What the router did with marks, in order. */
  readonly done: readonly (readonly unknown[])[];
  /** Listeners there are, of every kind. */
  readonly listeners: number;
  mark(deploymentId: string, until: number, reason: string): void;
  turn(available: boolean): void;
  /** What the router would tell others now. */
  told(): string | undefined;
  /** Others tell it something. */
  say(message: unknown): void;
}

interface Ears {
  readonly mark: (mark: CooldownMark) => void;
  readonly turn: (available: boolean) => void;
  readonly message: () => string | undefined;
  readonly receive: (message: string) => void;
}

export function store(): Store {
  const memory = memoryState();
  const ears: Partial<Ears> = {};
  const known: CooldownMark[] = [];
  const done: (readonly unknown[])[] = [];
  const listen = (some: Partial<Ears>) => {
    Object.assign(ears, some);
    return () => {
      for (const name of Object.keys(some)) Reflect.deleteProperty(ears, name);
    };
  };
  return {
    name: "store",
    available: true,
    processes: 2,
    known,
    done,
    get listeners() {
      return Object.keys(ears).length;
    },
    reserve: (request) => memory.reserve(request),
    settle: (request) => memory.settle(request),
    extend: (reservation) => memory.extend(reservation),
    used: (query) => memory.used(query),
    startCooldown: (mark) => {
      done.push(["startCooldown", mark]);
      return mark.until;
    },
    endCooldown: (deploymentId, until) => {
      done.push(["endCooldown", deploymentId, until]);
    },
    cooldowns: () => [...known],
    onCooldown: (mark) => listen({ mark }),
    onAvailability: (turn) => listen({ turn }),
    gossip: (message, receive) => listen({ message, receive }),
    mark: (deploymentId, until, reason) => ears.mark?.({ deploymentId, until, reason }),
    turn(available) {
      this.available = available;
      ears.turn?.(available);
    },
    told: () => ears.message?.(),
    say: (message) => ears.receive?.(typeof message === "string" ? message : JSON.stringify(message)),
    close: () => memory.close(),
  };
}
