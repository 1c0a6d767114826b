// Preloaded into the proxy under test. On request it reports what the process holds after a full garbage collection. It uses
// a socket, since the IPC channel of the parent is lost when the process restarts itself.
import { connect } from "node:net";

/** What a process holds. Memory is in bytes. */
export interface Sample {
  /** In milliseconds since the epoch. */
  readonly at: number;
  readonly heapUsed: number;
  readonly external: number;
  readonly rss: number;
  /** Number of sockets, timers and similar resources, by kind. */
  readonly resources: Readonly<Record<string, number>>;
}

const { gc } = globalThis;

const asker = connect(Number(process.env["SOAK_PORT"]), "127.0.0.1");
asker.on("data", () => {
  // Twice, since the second collection frees what finalizers released after the first.
  gc?.();
  gc?.();
  const resources: Record<string, number> = {};
  for (const name of process.getActiveResourcesInfo()) resources[name] = (resources[name] ?? 0) + 1;
  const { heapUsed, external, rss } = process.memoryUsage();
  asker.write(`${JSON.stringify({ at: Date.now(), heapUsed, external, rss, resources } satisfies Sample)}\n`);
});
// The probe's socket must not keep the process alive.
asker.unref();
