import type { RouterState } from "@modelyard/core";
import type { SeenDeployment, SeenGroup, Snapshot, Update } from "@modelyard/dashboard/data";
import type { Recorder } from "./recorder.js";

export interface FeedSource {
  readonly state: () => RouterState;
  readonly recorder: Recorder;
  readonly worker: number | undefined;
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
    groups: groupsOf(source, state),
    requests: source.recorder.requests.since(0),
    events: source.recorder.eventsSince(0),
  };
}

/**
 * The messages for one page. Each is made when the page is ready to receive it and contains what has changed since the
 * one before, so that a slow page costs no memory.
 */
export class Feed {
  readonly #source: FeedSource;
  #sent = new Map<string, string>();
  #requests = 0;
  #events = 0;
  #groups = "";

  constructor(source: FeedSource) {
    this.#source = source;
  }

  /** The next message, as a server-sent event. It is a whole snapshot at first and after a reload. */
  next(): string {
    const state = this.#source.state();
    const names = JSON.stringify(state.groups.map(({ name, deployments }) => [name, deployments.map(({ id }) => id)]));
    const whole = names !== this.#groups;
    this.#groups = names;
    const changed = this.#changed(groupsOf(this.#source, state));
    const text = whole ? JSON.stringify(snapshotOf(this.#source)) : JSON.stringify(this.#update(state, changed));
    this.#requests = this.#source.recorder.requests.written;
    this.#events = this.#source.recorder.eventCount;
    return `event: ${whole ? "snapshot" : "update"}\ndata: ${text}\n\n`;
  }

  #changed(groups: readonly SeenGroup[]): readonly SeenDeployment[] {
    const sent = new Map<string, string>();
    const changed: SeenDeployment[] = [];
    for (const { name, deployments } of groups)
      for (const deployment of deployments) {
        const key = JSON.stringify([name, deployment.id]);
        const text = JSON.stringify(deployment);
        sent.set(key, text);
        if (this.#sent.get(key) !== text) changed.push(deployment);
      }
    this.#sent = sent;
    return changed;
  }

  #update({ at, inFlight, shared }: RouterState, deployments: readonly SeenDeployment[]): Update {
    const { recorder } = this.#source;
    return {
      at,
      inFlight,
      shared,
      deployments,
      requests: recorder.requests.since(this.#requests),
      events: recorder.eventsSince(this.#events),
    };
  }
}
