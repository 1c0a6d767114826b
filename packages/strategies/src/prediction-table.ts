import type { Candidate, JsonObject, NonEmpty, Strategy, StrategyEvent } from "@modelyard/core";
import { isJsonObject } from "@modelyard/core/kit";
import { DeploymentPrediction, FleetPrediction } from "./deployment-prediction.js";
import { ForgettingFit } from "./forgetting-fit.js";

/** The most deployments whose measurements are kept although they are not candidates here. */
const mostTold = 10_000;

/** The predictions of all deployments, learned from events. */
export class PredictionTable {
  /** By the index of the candidate. */
  readonly #known: (DeploymentPrediction | undefined)[] = [];
  readonly #fleets = new Map<string, FleetPrediction>();
  /** What was known under an earlier configuration of deployments that have not been candidates since. */
  readonly #restored = new Map<string, JsonObject>();
  /** Measurements of other processes at deployments that have not been candidates here. */
  readonly #told = new Map<string, JsonObject>();

  /** The part of a strategy that learns. */
  readonly learning = {
    observe: (event: StrategyEvent): void => {
      this.#observe(event);
    },
    snapshot: (): unknown => this.#snapshot(),
    restore: (snapshot: unknown): void => {
      this.#restore(snapshot);
    },
    delta: (): unknown => this.#delta(),
    merge: (delta: unknown): void => {
      this.#merge(delta);
    },
  } satisfies Partial<Strategy>;

  /** What is known of a candidate, or is assumed before its first call. */
  predictionOf({ index, deployment }: Candidate): DeploymentPrediction {
    const known = this.#known[index];
    return known?.id === deployment.id ? known : this.#make(index, deployment.id, deployment.group);
  }

  /** What is known of the deployments like these, whose earlier measurements are considered from now on. */
  fleetOf(candidates: NonEmpty<Candidate>): FleetPrediction {
    if (this.#restored.size + this.#told.size > 0) for (const candidate of candidates) this.predictionOf(candidate);
    return this.predictionOf(candidates[0]).fleet;
  }

  #fleet(group: string): FleetPrediction {
    let fleet = this.#fleets.get(group);
    if (fleet === undefined) this.#fleets.set(group, (fleet = new FleetPrediction()));
    return fleet;
  }

  #observe(event: StrategyEvent): void {
    const { index, deployment } = event;
    const found = this.#known[index];
    const known = found?.id === deployment.id ? found : this.#make(index, deployment.id, deployment.group);
    switch (event.type) {
      case "attempt_started":
        known.start(event);
        break;
      case "attempt_first_token":
        known.firstToken(event);
        break;
      case "attempt_succeeded":
        known.succeeded(event);
        break;
      case "attempt_failed":
        known.failed(event);
        break;
      case "attempt_aborted":
        known.aborted(event);
        break;
      case "limits_reported":
      // Limits are not about the time that answers take.
    }
  }

  #snapshot(): unknown {
    const measured = this.#known.flatMap((known) =>
      known === undefined ? [] : [[known.id, known.snapshot()] as const],
    );
    const fleets = [...this.#fleets].map(([group, fleet]) => [group, fleet.snapshot()] as const);
    return { deployments: Object.fromEntries(measured), groups: Object.fromEntries(fleets) };
  }

  #restore(snapshot: unknown): void {
    if (!isJsonObject(snapshot)) return;
    const { deployments, groups } = snapshot;
    for (const [group, entry] of entriesOf(groups)) this.#fleet(group).restore(entry);
    for (const [id, entry] of entriesOf(deployments)) this.#restored.set(id, entry);
  }

  /** Sums by deployment. `undefined`: nothing was measured since the last call. */
  #delta(): unknown {
    const measured = this.#known.flatMap((known) => {
      const news = known?.news();
      return known === undefined || news === undefined ? [] : [[known.id, news] as const];
    });
    return measured.length === 0 ? undefined : Object.fromEntries(measured);
  }

  /** Adds what `delta` returned in another process, and ignores what it does not understand. */
  #merge(delta: unknown): void {
    const byId = new Map(this.#known.flatMap((known) => (known === undefined ? [] : [[known.id, known] as const])));
    for (const [id, sums] of entriesOf(delta)) {
      const known = byId.get(id);
      if (known !== undefined) mergeInto(known, sums);
      else if (this.#told.size < mostTold) this.#told.set(id, sums);
    }
  }

  #make(index: number, id: string, group: string): DeploymentPrediction {
    const made = new DeploymentPrediction(id, this.#fleet(group));
    this.#known[index] = made;
    const restored = this.#restored.get(id);
    if (restored !== undefined) made.restore(restored);
    mergeInto(made, this.#told.get(id) ?? {});
    this.#restored.delete(id);
    this.#told.delete(id);
    return made;
  }
}

function mergeInto(known: DeploymentPrediction, sums: JsonObject): void {
  known.merge({ prompt: ForgettingFit.sumsIn(sums["prompt"]), token: ForgettingFit.sumsIn(sums["token"]) });
}

/** The entries of an object whose values are objects. */
function entriesOf(value: unknown): readonly (readonly [key: string, value: JsonObject])[] {
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, entry]) => (isJsonObject(entry) ? [[key, entry] as const] : []));
}
