import { openSync, readSync } from "node:fs";

let schedstat: number | undefined;
const read = Buffer.alloc(128);

/** Processor time of this thread, in milliseconds: the time of other programs does not count. */
export function cpuMs(): number {
  schedstat ??= openSync("/proc/thread-self/schedstat", "r");
  const length = readSync(schedstat, read, 0, read.length, 0);
  return Number(read.toString("latin1", 0, length).split(" ")[0]) / 1e6;
}

/** The longest turn of the event loop while something runs, in milliseconds of processor time. */
export async function longestTurn(run: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let running = true;
  let before = cpuMs();
  const look = (): void => {
    const now = cpuMs();
    longest = Math.max(longest, now - before);
    before = now;
    if (running) setImmediate(look);
  };
  setImmediate(look);
  await run();
  running = false;
  return longest;
}
