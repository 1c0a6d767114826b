import type { Callback, EventOf, RouterEvent, RouterEventType } from "@modelyard/core";
import type { DeploymentFigures, SeenFigures } from "@modelyard/dashboard/data";
import { EventLog } from "./event-log.js";
import { Figures } from "./figures.js";
import { cut, RequestLog } from "./request-log.js";

const keptRequests = 200;
const keptEvents = 200;

type Recorders = { readonly [Type in RouterEventType]?: (event: EventOf<Type>) => void };

/** What one deployment has done in the last five minutes, and what its vendor said. */
class DeploymentRecord {
  readonly figures = new Figures({ spanMs: 10_000, spans: 30 });
  remainingRequests: number | undefined = undefined;
  remainingTokens: number | undefined = undefined;
  #read: DeploymentFigures | undefined;
  #figures: SeenFigures | undefined;

  write(event: EventOf<"attempt_failed" | "attempt_succeeded">): void {
    const { at, durationMs, usage, costUsd } = event;
    const failed = event.type === "attempt_failed";
    this.figures.write({
      at,
      durationMs,
      usage,
      costUsd,
      failed,
      firstTokenMs: failed || !event.stream ? undefined : event.firstTokenMs,
    });
    if (failed) return;
    this.remainingRequests = event.remainingRequests ?? this.remainingRequests;
    this.remainingTokens = event.remainingTokens ?? this.remainingTokens;
  }

  /** The same object as before, if nothing has changed. */
  read(now: number): DeploymentFigures {
    const figures = this.figures.read(now);
    if (this.#read !== undefined && this.#figures === figures) return this.#read;
    this.#figures = figures;
    this.#read = { ...figures, remainingRequests: this.remainingRequests, remainingTokens: this.remainingTokens };
    return this.#read;
  }
}

/** Records what the dashboard shows, in a bounded amount of memory: no prompts, no answers, no messages of vendors. */
export class Recorder {
  readonly requests = new RequestLog(keptRequests);
  readonly events = new EventLog(keptEvents);
  /** All requests, in the last fifteen minutes. */
  readonly totals = new Figures({ spanMs: 10_000, spans: 90 });
  readonly callback: Callback;
  readonly #deployments = new Map<string, DeploymentRecord>();

  constructor() {
    const recorders: Recorders = { ...this.#callRecorders(), ...this.#stateRecorders() };
    this.callback = {
      name: "dashboard",
      events: Object.keys(recorders) as RouterEventType[],
      on: (event: RouterEvent) => {
        (recorders[event.type] as ((event: RouterEvent) => void) | undefined)?.(event);
      },
    };
  }

  figuresOf(deploymentId: string, now: number): DeploymentFigures | undefined {
    return this.#deployments.get(deploymentId)?.read(now);
  }

  /** The file was changed, but the new version has errors. */
  noteRejectedReload(at: number): void {
    this.#note(at, "reload_rejected", "the changed file has errors, so the previous one stays in use; see the log");
  }

  #callRecorders(): Recorders {
    const settled = (event: EventOf<"attempt_failed" | "attempt_succeeded">): void => {
      let deployment = this.#deployments.get(event.deployment.id);
      if (deployment === undefined) this.#deployments.set(event.deployment.id, (deployment = new DeploymentRecord()));
      deployment.write(event);
    };
    const ended = (event: EventOf<"request_failed" | "request_succeeded">): void => {
      const { at, durationMs, trail, type } = event;
      const last = trail.attempts.at(-1);
      const waitedMs = last === undefined ? 0 : Math.max(0, last.startedAt - (at - durationMs));
      this.totals.write({
        at,
        durationMs,
        costUsd: trail.costUsd,
        usage: trail.usage,
        failed: type === "request_failed",
        firstTokenMs: !event.stream || last?.firstTokenMs === undefined ? undefined : waitedMs + last.firstTokenMs,
      });
      this.requests.write(event);
    };
    return {
      attempt_succeeded: settled,
      attempt_failed: settled,
      request_succeeded: ended,
      request_failed: ended,
      fallback: ({ at, type, fromGroup, toGroup, error, succeeded }) => {
        const result = succeeded ? "succeeded" : "failed";
        this.#note(at, type, `from ${cut(fromGroup)} to ${cut(toGroup)} after ${error.kind}: it ${result}`);
      },
    };
  }

  #stateRecorders(): Recorders {
    return {
      deployment_cooldown: ({ at, type, deployment, reason, times, until }) => {
        const again = times > 1 ? ` (${String(times)} in a row)` : "";
        const seconds = String(Math.max(0, Math.ceil((until - at) / 1_000)));
        this.#note(at, type, `in cooldown for ${seconds} s because of ${reason}${again}`, deployment.id);
      },
      deployment_probing: ({ at, type, deployment }) => {
        this.#note(at, type, "is tested with one request", deployment.id);
      },
      deployment_recovered: ({ at, type, deployment }) => {
        this.#note(at, type, "serves again", deployment.id);
      },
      configuration_changed: ({ at, type, added, removed, kept }) => {
        const current = new Set([...added, ...kept]);
        for (const id of this.#deployments.keys()) if (!current.has(id)) this.#deployments.delete(id);
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
  }

  #note(at: number, type: string, text: string, deploymentId?: string): void {
    this.events.write({ at, type, deploymentId, text });
  }
}
