import type { Socket } from "node:net";

type Internals = Record<"_write" | "_writev", (...given: readonly unknown[]) => void>;

/** Calls `count` for each write of a socket to the operating system. */
export function countWrites(socket: Socket, count: () => void): void {
  const internals = socket as unknown as Internals;
  for (const name of ["_write", "_writev"] as const) {
    const original = internals[name].bind(socket);
    internals[name] = (...given) => {
      count();
      original(...given);
    };
  }
}
