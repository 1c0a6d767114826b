// Preloaded into the proxy under test: says what the process holds, after a full collection, whenever it is asked. By a
// connection: a parent's channel is lost when the process starts anew.
import { connect } from "node:net";

/** What a process holds. Memory in bytes. */
export interface Sample {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly heapUsed: number;
  readonly external: number;
  readonly rss: number;
  /** Sockets, timers and the like, by kind. */
  readonly resources: Readonly<Record<string, number>>;
}

const { gc } = globalThis;

const asker = connect(Number(process.env["SOAK_PORT"]), "127.0.0.1");
asker.on("data", () => {
  // Twice: what finalizers let go of in the first round is collected in the second.
  gc?.();
  gc?.();
  const resources: Record<string, number> = {};
  for (const name of process.getActiveResourcesInfo()) resources[name] = (resources[name] ?? 0) + 1;
  const { heapUsed, external, rss } = process.memoryUsage();
  asker.write(`${JSON.stringify({ at: Date.now(), heapUsed, external, rss, resources } satisfies Sample)}\n`);
});
// Being asked must not be what keeps the process alive.
asker.unref();
