import { LoadConnection } from "./connection.js";

export interface Load {
  readonly port: number;
  readonly connections: number;
  /** The whole request, head included. */
  readonly request: Buffer;
  /** In milliseconds. */
  readonly forMs: number;
}

/** What came back, times in milliseconds. */
export interface LoadResult {
  readonly seconds: number;
  readonly requests: number;
  /** Ascending. */
  readonly totalMs: Float64Array;
  readonly firstByteMs: Float64Array;
}

/** Keeps `connections` requests in the air for a while. Rejects at the first answer that is no 200. */
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
