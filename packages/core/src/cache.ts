/**
 * Where answers are kept. Keys arrive namespaced and fit for any store (at most 200 characters), values are opaque
 * text. A fault of the store is a miss or a forgotten write, never an error to the caller.
 */
export interface Cache {
  readonly name: string;
  /** `undefined` when never set, deleted, expired, evicted, or when the store cannot be read. */
  get(key: string): Promise<string | undefined>;
  /** @param ttlMs - from now; 0 or less deletes the key, `Infinity` keeps it as long as the store may */
  set(key: string, value: string, ttlMs: number): Promise<void>;
  delete(key: string): Promise<void>;
  /** Closes what this cache opened; a client that was handed in stays open. */
  close(): Promise<void>;
}
