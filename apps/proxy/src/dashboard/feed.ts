import type { RouterState } from "@modelyard/core";
import type {
  DeploymentFigures,
  SeenDeployment,
  SeenFigures,
  SeenGroup,
  Snapshot,
  Update,
} from "@modelyard/dashboard/data";
import type { Recorder } from "./recorder.js";

export interface FeedSource {
  readonly state: () => RouterState;
  readonly recorder: Recorder;
  readonly worker: Snapshot["worker"];
}

function groupsOf({ state, recorder }: FeedSource, now: RouterState = state()): readonly SeenGroup[] {
  return now.groups.map(({ name, strategy, deployments }) => ({
    name,
    strategy,
    deployments: deployments.map((deployment) => ({
      ...deployment,
      figures: recorder.figuresOf(deployment.id, now.at),
    })),
  }));
}

export function snapshotOf(source: FeedSource): Snapshot {
  const state = source.state();
  const { at, strategy, inFlight, aliases, shared } = state;
  return {
    at,
    worker: source.worker,
    strategy,
    inFlight,
    aliases,
    shared,
    totals: source.recorder.totals.read(at),
    groups: groupsOf(source, state),
    requests: source.recorder.requests.since(0),
    events: source.recorder.events.since(0),
  };
}

/**
 * The messages for one page. Each is made when the page is ready to receive it and contains what has changed since the
 * one before, so that a slow page costs no memory.
 */
export class Feed {
  readonly #source: FeedSource;
  #sent = new Map<string, SentDeployment>();
  #totals: SeenFigures | undefined;
  #requests = 0;
  #events = 0;
  #configuration = "";

  constructor(source: FeedSource) {
    this.#source = source;
  }

  /** The next message, as a server-sent event. It is a whole snapshot at first and after a reload. */
  next(): string {
    const { recorder, state: read } = this.#source;
    const state = read();
    const configuration = configurationOf(state);
    const whole = configuration !== this.#configuration;
    this.#configuration = configuration;
    const changed = this.#changed(groupsOf(this.#source, state));
    const message = whole ? snapshotOf(this.#source) : this.#update(state, changed);
    this.#totals = message.totals ?? this.#totals;
    this.#requests = recorder.requests.written;
    this.#events = recorder.events.written;
    return `event: ${whole ? "snapshot" : "update"}\ndata: ${JSON.stringify(message)}\n\n`;
  }

  #changed(groups: readonly SeenGroup[]): readonly SeenDeployment[] {
    const sent = new Map<string, SentDeployment>();
    const changed: SeenDeployment[] = [];
    for (const { deployments } of groups)
      for (const deployment of deployments) {
        const { figures, ...state } = deployment;
        // Figures that have not changed are the same object, and need not be written to be compared.
        const now = { figures, state: JSON.stringify(state) };
        const before = this.#sent.get(deployment.id);
        sent.set(deployment.id, now);
        if (before?.state !== now.state || before.figures !== figures) changed.push(deployment);
      }
    this.#sent = sent;
    return changed;
  }

  #update({ at, inFlight, shared }: RouterState, deployments: readonly SeenDeployment[]): Update {
    const { recorder } = this.#source;
    const totals = recorder.totals.read(at);
    return {
      at,
      inFlight,
      shared,
      totals: totals === this.#totals ? undefined : totals,
      deployments,
      requests: recorder.requests.since(this.#requests),
      events: recorder.events.since(this.#events),
    };
  }
}

interface SentDeployment {
  readonly figures: DeploymentFigures | undefined;
  readonly state: string;
}

/** Changes when updates are not enough, because groups, deployments or aliases are others. */
function configurationOf({ strategy, aliases, groups }: RouterState): string {
  const named = groups.map((group) => [group.name, group.strategy, group.deployments.map(({ id }) => id)]);
  return JSON.stringify([strategy, aliases, named]);
}
