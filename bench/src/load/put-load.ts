import { LoadConnection } from "./connection.js";

export interface Load {
  readonly port: number;
  readonly connections: number;
  /** The whole request, including its head. */
  readonly request: Buffer;
  /** How long to load the server, in milliseconds. */
  readonly forMs: number;
}

/** The results. Times are in milliseconds. */
export interface LoadResult {
  readonly seconds: number;
  readonly requests: number;
  /** Sorted in ascending order. */
  readonly totalMs: Float64Array;
  readonly firstByteMs: Float64Array;
}

/** Keeps `connections` requests in flight. Rejects at the first answer whose status is not 200. */
export function putLoad({ port, connections, request, forMs }: Load): Promise<LoadResult> {
  return new Promise((resolve, reject) => {
    const totals: number[] = [];
    const firsts: number[] = [];
    const all: LoadConnection[] = [];
    let running = connections;
    const began = performance.now();
    const end = (): void => {
      for (const connection of all) connection.close();
    };
    const onDone = (connection: LoadConnection): void => {
      totals.push(connection.totalMs);
      firsts.push(connection.firstByteMs);
      if (performance.now() - began < forMs) {
        connection.send();
        return;
      }
      running -= 1;
      if (running > 0) return;
      end();
      resolve({
        seconds: (performance.now() - began) / 1000,
        requests: totals.length,
        totalMs: Float64Array.from(totals).toSorted(),
        firstByteMs: Float64Array.from(firsts).toSorted(),
      });
    };
    const onError = (error: Error): void => {
      end();
      reject(error);
    };
    for (let index = 0; index < connections; index += 1) {
      const connection = new LoadConnection(port, request, { onDone, onError });
      all.push(connection);
      connection.send();
    }
  });
}
