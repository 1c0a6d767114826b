import type { Clock } from "@modelyard/core";
import { Cancellation, createError, sleep, systemClock } from "@modelyard/core/kit";
import type { ExtraRoute, RouteRequest, RouteResponse } from "@modelyard/gateway";
import type { Snapshot } from "@modelyard/dashboard/data";
import type { YamlRouter } from "modelyard";
import type { RequestShape } from "./configured.js";
import { Feed, type FeedSource, snapshotOf } from "./feed.js";
import { pageRoutes } from "./page.js";
import { Recorder } from "./recorder.js";

const intervalMs = 1_000;
/** Each open page costs some work per second. */
const mostPages = 16;
const noStore = { "cache-control": "no-store", "x-content-type-options": "nosniff" };

export interface DashboardOptions {
  /** Which of the workers this is; not set: the proxy is one process. */
  readonly worker?: Snapshot["worker"];
  readonly clock?: Clock;
}

/** The web page of the proxy, with the data that it shows. */
export class Dashboard {
  readonly #recorder = new Recorder();
  readonly #worker: Snapshot["worker"];
  readonly #clock: Clock;
  readonly #pages = new Set<Cancellation>();

  constructor({ worker, clock = systemClock }: DashboardOptions = {}) {
    this.#worker = worker;
    this.#clock = clock;
  }

  /** Records what happens. To be given to the router. */
  get callback(): Recorder["callback"] {
    return this.#recorder.callback;
  }

  /** What the data of the page are made of. */
  source(yaml: YamlRouter): FeedSource {
    return { state: () => yaml.router.state(), recorder: this.#recorder, worker: this.#worker };
  }

  /** The page, which anyone may read, and its data, which need the master key. */
  routes(yaml: YamlRouter): readonly ExtraRoute[] {
    const source = this.source(yaml);
    const { masterKey, keyHeader = "x-litellm-api-key" } = yaml.config.proxy;
    return [
      ...pageRoutes({ keyHeader: masterKey === undefined ? undefined : keyHeader }),
      { method: "GET", path: "/dashboard/snapshot", open: false, handle: () => json(snapshotOf(source)) },
      {
        method: "GET",
        path: "/dashboard/feed",
        open: false,
        refusedWhileDraining: true,
        handle: ({ cancellation }) => this.#feed(source, cancellation),
      },
      {
        method: "GET",
        path: "/dashboard/explain",
        open: false,
        // Loaded at the first visit, because serving does not need it.
        handle: async (request) => {
          const { configured } = await import("./configured.js");
          return json(
            configured(yaml, request.query?.("model") ?? "", shapeOf({ query: (field) => request.query?.(field) })),
          );
        },
      },
    ];
  }

  /** To be called when a changed file was not applied, because it has errors. */
  noteRejectedReload(): void {
    this.#recorder.noteRejectedReload(this.#clock.now());
  }

  /** Ends the feeds of all pages, so that the server can stop. */
  close(): void {
    for (const page of this.#pages) page.cancel(undefined);
  }

  #feed(source: FeedSource, cancellation: Cancellation): RouteResponse {
    if (this.#pages.size >= mostPages)
      throw createError({
        kind: "rate_limit",
        message: `The dashboard is already open in ${String(mostPages)} pages. Close one of them.`,
        retryAfterMs: 5_000,
      });
    return {
      status: 200,
      headers: { ...noStore, "content-type": "text/event-stream", "x-accel-buffering": "no" },
      body: this.#messages(new Feed(source), cancellation),
    };
  }

  async *#messages(feed: Feed, client: Cancellation): AsyncGenerator<string> {
    const ended = new Cancellation();
    this.#pages.add(ended);
    client.add(ended);
    try {
      while (!ended.cancelled) {
        yield feed.next();
        await sleep(this.#clock, intervalMs, ended).catch(() => undefined);
      }
    } finally {
      client.remove(ended);
      this.#pages.delete(ended);
    }
  }
}

function json(value: unknown): RouteResponse {
  return { status: 200, headers: { ...noStore, "content-type": "application/json" }, body: JSON.stringify(value) };
}

/** @throws `bad_request` if the length of the prompt is not a number */
function shapeOf({ query }: Pick<RouteRequest, "query">): RequestShape {
  const tokens = Number(query?.("tokens") ?? "0");
  if (!Number.isSafeInteger(tokens) || tokens < 0)
    throw createError({ kind: "bad_request", message: "tokens must be a whole number, 0 or more." });
  const flag = (name: string): boolean => query?.(name) === "1";
  const tags = (query?.("tags") ?? "").split(",").map((tag) => tag.trim());
  return {
    tokens,
    stream: flag("stream"),
    tools: flag("tools"),
    image: flag("image"),
    tags: tags.filter((tag) => tag !== ""),
  };
}
