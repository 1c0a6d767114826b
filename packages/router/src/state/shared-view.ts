import { type BenchMark, type ErrorKind, errorKinds, type SharedState } from "@modelyard/core";
import type { Snapshot } from "../compile/snapshot.js";
import type { Services } from "../services.js";
import { Gossip } from "./gossip.js";

/** Keeps this process' view of what all processes share: cooldowns, and whether the store answers. */
export class SharedView {
  readonly #state: SharedState;
  readonly #services: Services;
  readonly #snapshot: () => Snapshot;
  readonly #ends: readonly (() => void)[];

  constructor(state: SharedState, services: Services, snapshot: () => Snapshot) {
    this.#state = state;
    this.#services = services;
    this.#snapshot = snapshot;
    const gossip = new Gossip(services.random.id(), snapshot, services);
    const end = state.gossip?.(
      () => gossip.tell(),
      (told) => {
        gossip.hear(told);
      },
    );
    this.#ends = [
      ...(end === undefined ? [] : [end]),
      state.onBench((mark) => {
        this.#apply(mark);
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

  /** Marks that were set before we came, or while the store was away. */
  #load(): void {
    Promise.resolve()
      .then(() => this.#state.benches(this.#services.clock.now()))
      .then(
        (marks) => {
          for (const mark of marks) this.#apply(mark);
        },
        (cause: unknown) => {
          this.#services.logger.debug(
            { state: this.#state.name, error: String(cause) },
            "shared cooldowns could not be read",
          );
        },
      );
  }

  #apply(mark: BenchMark): void {
    const snapshot = this.#snapshot();
    const runtime = snapshot.members.find((member) => member.deployment.id === mark.deploymentId);
    if (runtime === undefined) return;
    const group = snapshot.groups.get(runtime.deployment.group);
    const helped = group !== undefined && snapshot.hasFallback(group.name, group);
    const reason = isKind(mark.reason) ? mark.reason : "shared";
    const { hub, clock } = this.#services;
    const now = clock.now();
    // By the rate rule each process keeps half of a group without a fallback: others may have found the other half broken.
    const failed = reason !== "shared" && ["upstream", "transport"].includes(errorKinds[reason].blame);
    const halves = failed && !helped && !runtime.health.countsFailures;
    if (halves && group?.hasRoomFor(runtime) === false) return;
    if ((group?.single === true && !helped) || !runtime.health.benchShared(mark.until, reason, now)) return;
    snapshot.trouble(runtime);
    if (!hub.wants("deployment_benched")) return;
    hub.emit({
      type: "deployment_benched",
      at: now,
      deployment: runtime.deployment,
      until: runtime.health.until,
      reason,
      times: 1,
    });
  }

  #changed(available: boolean): void {
    const { hub, clock, logger } = this.#services;
    const processes = available ? 1 : Math.max(1, this.#state.processes ?? 1);
    for (const member of this.#snapshot().members) member.limits.divide(processes);
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

/** Marks may come from other versions: a word that is no kind of ours says only that somebody left it out. */
function isKind(reason: string): reason is ErrorKind {
  return Object.hasOwn(errorKinds, reason);
}
