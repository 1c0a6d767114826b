import type { SeenDeployment, SeenGroup, Snapshot, Update } from "./data.js";

const kept = 200;
const retryMs = 2_000;

export type Status = "connecting" | "key" | "live" | "lost";

export interface Listener {
  readonly onStatus: (status: Status, problem?: string) => void;
  readonly onSnapshot: (snapshot: Snapshot) => void;
}

function newest<Item>(added: readonly Item[], before: readonly Item[]): readonly Item[] {
  return added.length === 0 ? before : [...added, ...before].slice(0, kept);
}

/** Groups that did not change stay the same objects, so that they are not drawn again. */
function changedGroup(group: SeenGroup, changed: ReadonlyMap<string, SeenDeployment>): SeenGroup {
  if (!group.deployments.some(({ id }) => changed.has(id))) return group;
  return { ...group, deployments: group.deployments.map((deployment) => changed.get(deployment.id) ?? deployment) };
}

export function applied(before: Snapshot, update: Update): Snapshot {
  const changed = new Map(update.deployments.map((deployment) => [deployment.id, deployment]));
  const { at, inFlight, shared, requests, events } = update;
  return {
    ...before,
    at,
    inFlight,
    shared,
    groups: changed.size === 0 ? before.groups : before.groups.map((group) => changedGroup(group, changed)),
    requests: newest(requests, before.requests),
    events: newest(events, before.events),
  };
}

/** Requests of the page. The key is only in this object: not in storage, not in an address. */
export class Connection {
  readonly #key: string;
  readonly #listener: Listener;
  readonly #closing = new AbortController();

  constructor(key: string, listener: Listener) {
    this.#key = key;
    this.#listener = listener;
    void this.#run();
  }

  close(): void {
    this.#closing.abort();
  }

  get(path: string): Promise<Response> {
    const headers: Record<string, string> = this.#key === "" ? {} : { authorization: `Bearer ${this.#key}` };
    return fetch(path, { headers, cache: "no-store", credentials: "omit", signal: this.#closing.signal });
  }

  #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  async #run(): Promise<void> {
    const { onStatus } = this.#listener;
    while (!this.#isClosed()) {
      try {
        const response = await this.get("/dashboard/feed");
        if (response.status === 401) {
          if (!this.#isClosed()) onStatus("key", this.#key === "" ? undefined : "This key is not valid.");
          return;
        }
        if (response.ok && response.body !== null) await this.#read(response.body);
        else if (!this.#isClosed()) onStatus("lost", `The proxy answered with status ${String(response.status)}.`);
      } catch {
        // The connection broke, which is reported below.
      }
      if (this.#isClosed()) return;
      onStatus("lost", "The proxy does not respond. Trying again.");
      await new Promise((resolve) => {
        setTimeout(resolve, retryMs);
      });
    }
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    const { onStatus, onSnapshot } = this.#listener;
    const reader = body.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>).getReader();
    let rest = "";
    let snapshot: Snapshot | undefined;
    for (;;) {
      const { done, value } = await reader.read();
      if (done || this.#isClosed()) return;
      const events = (rest + value).split("\n\n");
      rest = events.pop() ?? "";
      for (const event of events) {
        const found = /^event: (?<type>\w+)\ndata: (?<data>.*)$/u.exec(event)?.groups;
        if (found === undefined) continue;
        const data: unknown = JSON.parse(found["data"] ?? "");
        if (found["type"] === "snapshot") snapshot = data as Snapshot;
        else if (snapshot !== undefined) snapshot = applied(snapshot, data as Update);
      }
      if (snapshot === undefined) continue;
      onStatus("live");
      onSnapshot(snapshot);
    }
  }
}
