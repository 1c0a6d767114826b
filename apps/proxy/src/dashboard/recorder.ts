import type { Callback, EventOf, RouterEvent, RouterEventType } from "@modelyard/core";
import type { DeploymentFigures, SeenEvent } from "@modelyard/dashboard/data";
import { Figures } from "./deployment-figures.js";
import { cut, RequestLog } from "./request-log.js";

const keptRequests = 200;
const keptEvents = 200;

type Recorders = { readonly [Type in RouterEventType]?: (event: EventOf<Type>) => void };

/** Records what the dashboard shows, in a bounded amount of memory: no prompts, no answers, no messages of vendors. */
export class Recorder {
  readonly requests = new RequestLog(keptRequests);
  readonly callback: Callback;
  readonly #figures = new Map<string, Figures>();
  readonly #events: SeenEvent[] = [];
  #eventCount = 0;

  constructor() {
    const settled = (event: EventOf<"attempt_failed" | "attempt_succeeded">): void => {
      let figures = this.#figures.get(event.deployment.id);
      if (figures === undefined) this.#figures.set(event.deployment.id, (figures = new Figures()));
      figures.write(event);
    };
    const ended = (event: EventOf<"request_failed" | "request_succeeded">): void => {
      this.requests.write(event);
    };
    const recorders: Recorders = {
      attempt_succeeded: settled,
      attempt_failed: settled,
      request_succeeded: ended,
      request_failed: ended,
      deployment_cooldown: ({ at, type, deployment, reason, times, until }) => {
        const again = times > 1 ? `, for the ${String(times)}th time in a row` : "";
        const seconds = String(Math.max(0, Math.ceil((until - at) / 1_000)));
        this.#note(at, type, `in cooldown for ${seconds} s because of ${reason}${again}`, deployment.id);
      },
      deployment_probing: ({ at, type, deployment }) => {
        this.#note(at, type, "is tested with one request", deployment.id);
      },
      deployment_recovered: ({ at, type, deployment }) => {
        this.#note(at, type, "serves again", deployment.id);
      },
      fallback: ({ at, type, fromGroup, toGroup, error, succeeded }) => {
        const result = succeeded ? "succeeded" : "failed";
        this.#note(at, type, `from ${cut(fromGroup)} to ${cut(toGroup)} after ${error.kind}: it ${result}`);
      },
      configuration_changed: ({ at, type, added, removed, kept }) => {
        const current = new Set([...added, ...kept]);
        for (const id of this.#figures.keys()) if (!current.has(id)) this.#figures.delete(id);
        const counts = `${String(added.length)} deployments added, ${String(removed.length)} removed, ${String(kept.length)} kept`;
        this.#note(at, type, counts);
      },
      shared_state_lost: ({ at, type, state }) => {
        this.#note(at, type, `${state} is unreachable, so limits are local`);
      },
      shared_state_restored: ({ at, type, state }) => {
        this.#note(at, type, `${state} is reachable again`);
      },
    };
    this.callback = {
      name: "dashboard",
      events: Object.keys(recorders) as RouterEventType[],
      on: (event: RouterEvent) => {
        (recorders[event.type] as ((event: RouterEvent) => void) | undefined)?.(event);
      },
    };
  }

  /** How many events were recorded, including those that are no longer kept. */
  get eventCount(): number {
    return this.#eventCount;
  }

  /** The events after one of them, the newest first. @param after - its sequence number; 0: all */
  eventsSince(after: number): readonly SeenEvent[] {
    return this.#events.filter(({ sequence }) => sequence > after).toReversed();
  }

  figuresOf(deploymentId: string, now: number): DeploymentFigures | undefined {
    return this.#figures.get(deploymentId)?.read(now);
  }

  #note(at: number, type: string, text: string, deploymentId?: string): void {
    this.#eventCount += 1;
    this.#events.push({ sequence: this.#eventCount, at, type, deploymentId, text });
    if (this.#events.length > keptEvents) this.#events.shift();
  }
}
