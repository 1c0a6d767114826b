// Preloaded into the proxy under test: says what the process holds, after a full collection, whenever it is asked.

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

process.on("message", (message) => {
  if (message !== "sample") return;
  // Twice: what finalizers let go of in the first round is collected in the second.
  gc?.();
  gc?.();
  const resources: Record<string, number> = {};
  for (const name of process.getActiveResourcesInfo()) resources[name] = (resources[name] ?? 0) + 1;
  const { heapUsed, external, rss } = process.memoryUsage();
  process.send?.({ at: Date.now(), heapUsed, external, rss, resources } satisfies Sample);
});
// Asking must not be what keeps the process alive.
process.channel?.unref();
