import type { SeenDeployment, SeenEvent, SeenGroup, Snapshot, Update } from "./data.js";
import { noteProxyTime } from "./use-now.js";

const kept = 200;
const retryMs = 2_000;
/** What may be in a header. */
const sendable = /^[\u0020-\u007E]*$/u;

export type Status = "connecting" | "key" | "live" | "lost";

export interface Listener {
  readonly onStatus: (status: Status, problem?: string) => void;
  readonly onSnapshot: (snapshot: Snapshot) => void;
}

function newest<Item>(added: readonly Item[], before: readonly Item[]): readonly Item[] {
  return added.length === 0 ? before : [...added, ...before].slice(0, kept);
}

/** An event that occurred again moves to the top. */
function newestEvents(added: readonly SeenEvent[], before: readonly SeenEvent[]): readonly SeenEvent[] {
  const again = new Set(added.map(({ id }) => id));
  return newest(added, added.length === 0 ? before : before.filter(({ id }) => !again.has(id)));
}

/** Groups that did not change stay the same objects, so that they are not drawn again. */
function changedGroup(group: SeenGroup, changed: ReadonlyMap<string, SeenDeployment>): SeenGroup {
  if (!group.deployments.some(({ id }) => changed.has(id))) return group;
  return { ...group, deployments: group.deployments.map((deployment) => changed.get(deployment.id) ?? deployment) };
}

export function applied(before: Snapshot, update: Update): Snapshot {
  const changed = new Map(update.deployments.map((deployment) => [deployment.id, deployment]));
  const { at, inFlight, shared, totals = before.totals, requests, events } = update;
  return {
    ...before,
    at,
    inFlight,
    shared,
    totals,
    groups: changed.size === 0 ? before.groups : before.groups.map((group) => changedGroup(group, changed)),
    requests: newest(requests, before.requests),
    events: newestEvents(events, before.events),
  };
}

/** The header that carries the key. */
export interface Access {
  /** Empty: there is no key. */
  readonly name: string;
  readonly key: string;
}

/** Requests of the page. The key is only in this object: not in storage, not in an address. */
export class Connection {
  readonly #access: Access;
  readonly #listener: Listener;
  readonly #closing = new AbortController();

  constructor(access: Access, listener: Listener) {
    this.#access = access;
    this.#listener = listener;
    void this.#run();
  }

  close(): void {
    this.#closing.abort();
  }

  get(path: string): Promise<Response> {
    const { name, key } = this.#access;
    const headers: Record<string, string> = name === "" ? {} : { [name]: `Bearer ${key}` };
    return fetch(path, { headers, cache: "no-store", credentials: "omit", signal: this.#closing.signal });
  }

  #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  async #run(): Promise<void> {
    const { onStatus } = this.#listener;
    if (!sendable.test(this.#access.key)) {
      onStatus("key", "This key is not valid.");
      return;
    }
    while (!this.#isClosed()) {
      const problem = await this.#follow().catch(() => "The proxy does not respond. Trying again.");
      if (this.#isClosed()) return;
      if (problem === undefined) {
        onStatus("key", "This key is not valid.");
        return;
      }
      onStatus("lost", problem);
      await new Promise((resolve) => {
        setTimeout(resolve, retryMs);
      });
    }
  }

  /** Shows the feed until it ends. Returns why it did; `undefined`: the key is not valid. */
  async #follow(): Promise<string | undefined> {
    const response = await this.get("/dashboard/feed");
    if (response.status === 401) return undefined;
    if (!response.ok || response.body === null) {
      const { error } = (await response.json()) as { readonly error?: { readonly message?: string } };
      return error?.message ?? `The proxy answered with status ${String(response.status)}. Trying again.`;
    }
    await this.#read(response.body);
    return "The proxy closed the connection. Trying again.";
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
        noteProxyTime((data as Update).at);
      }
      if (snapshot === undefined) continue;
      onStatus("live");
      onSnapshot(snapshot);
    }
  }
}
