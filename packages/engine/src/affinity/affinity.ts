import type { Candidate } from "@modelyard/core";
import { DeploymentLoad } from "./deployment-load.js";
import { SessionTable } from "./session-table.js";
import { SharedPlaces } from "./shared-places.js";

/** What all sessions of a router share: where they are, and the load of the deployments. */
export class Affinity {
  readonly table: SessionTable;
  /** The name under which processes exchange what they know. */
  readonly name = "affinity of sessions";
  readonly shared: SharedPlaces;
  readonly #loads = new Map<string, DeploymentLoad>();
  /** What is known of all deployments of a group together. */
  readonly #fleets = new Map<string, DeploymentLoad>();

  constructor(ttlMs: number) {
    this.table = new SessionTable(ttlMs);
    this.shared = new SharedPlaces(this.table);
  }

  /** What other processes should know, since the last call of this method. */
  delta(now: number): unknown {
    return this.shared.take(now);
  }

  /** Learns what `delta` returned in another process. */
  merge(delta: unknown, now: number): void {
    this.shared.receive(delta, now);
  }

  loadOf({ deployment: { id, group } }: Pick<Candidate, "deployment">): DeploymentLoad {
    let load = this.#loads.get(id);
    if (load === undefined) {
      let fleet = this.#fleets.get(group);
      if (fleet === undefined) {
        fleet = new DeploymentLoad();
        this.#fleets.set(group, fleet);
      }
      load = new DeploymentLoad(fleet);
      this.#loads.set(id, load);
    }
    return load;
  }

  /** Applies a new configuration. What is known of deployments that are still there is kept. */
  configure(ttlMs: number, deployments: readonly Pick<Candidate, "deployment">[]): void {
    const ids = new Set(deployments.map(({ deployment }) => deployment.id));
    const groups = new Set(deployments.map(({ deployment }) => deployment.group));
    this.table.ttlMs = ttlMs;
    for (const id of this.#loads.keys()) if (!ids.has(id)) this.#loads.delete(id);
    for (const group of this.#fleets.keys()) if (!groups.has(group)) this.#fleets.delete(group);
  }
}
