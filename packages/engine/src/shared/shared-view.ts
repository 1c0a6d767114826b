import type { Clock, EventOf, Logger, Random, SharedState } from "@modelyard/core";
import type { DeploymentCooldown } from "@modelyard/core/kit";
import type { EventHub } from "../events/event-hub.js";
import { Gossip, type GossipParts, type SharedDeployment } from "./gossip.js";

/** The parts of a snapshot that other processes affect. */
export interface SharedParts extends GossipParts {
  readonly runtimes: readonly (SharedDeployment & { readonly limits: { divide(processes: number): void } })[];
  /** Applies a cooldown that another process started. @returns the new cooldown, or `undefined` if nothing changed */
  readonly applySharedCooldown: (
    cooldown: DeploymentCooldown,
    now: number,
  ) => Pick<EventOf<"deployment_cooldown">, "deployment" | "until" | "reason"> | undefined;
}

interface SharedServices {
  readonly clock: Clock;
  readonly now: () => number;
  readonly random: Pick<Random, "id">;
  readonly logger: Logger;
  readonly hub: EventHub;
}

/** Keeps this process's view of shared state up to date: cooldowns, messages, and whether the store is reachable. */
export class SharedView {
  readonly #state: SharedState;
  readonly #services: SharedServices;
  readonly #parts: () => SharedParts;
  readonly #ends: readonly (() => void)[];

  constructor(state: SharedState, services: SharedServices, parts: () => SharedParts) {
    this.#state = state;
    this.#services = services;
    this.#parts = parts;
    const gossip = new Gossip(services.random.id(), parts, services);
    const end = state.gossip?.(
      () => gossip.message(),
      (text) => {
        gossip.receive(text);
      },
    );
    this.#ends = [
      ...(end === undefined ? [] : [end]),
      state.onCooldown((cooldown) => {
        this.#apply(cooldown);
      }),
      state.onAvailability((available) => {
        this.#changed(available);
      }),
    ];
    this.#load();
  }

  close(): void {
    for (const end of this.#ends) end();
  }

  /** Loads cooldowns that started before this process did, or while the store was unreachable. */
  #load(): void {
    Promise.resolve()
      .then(() => this.#state.cooldowns(this.#services.clock.now()))
      .then(
        (cooldowns) => {
          for (const cooldown of cooldowns) this.#apply(cooldown);
        },
        (cause: unknown) => {
          this.#services.logger.debug(
            { state: this.#state.name, error: String(cause) },
            "shared cooldowns could not be read",
          );
        },
      );
  }

  #apply(cooldown: DeploymentCooldown): void {
    const { hub, clock } = this.#services;
    const now = clock.now();
    const changed = this.#parts().applySharedCooldown(cooldown, now);
    if (changed === undefined || !hub.wanted.has("deployment_cooldown")) return;
    hub.emit({ type: "deployment_cooldown", at: now, ...changed, times: 1 });
  }

  #changed(available: boolean): void {
    const { hub, clock, logger } = this.#services;
    const processes = available ? 1 : Math.max(1, this.#state.processes ?? 1);
    for (const runtime of this.#parts().runtimes) runtime.limits.divide(processes);
    logger.warn(
      { state: this.#state.name, available },
      available ? "shared state reachable again" : "shared state unreachable; limits are local",
    );
    hub.emit({
      type: available ? "shared_state_restored" : "shared_state_lost",
      at: clock.now(),
      state: this.#state.name,
    });
    if (available) this.#load();
  }
}
