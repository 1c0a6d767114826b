/**
 * Stores answers. Keys are namespaced and fit any store (at most 200 characters); values are opaque strings. A fault of
 * the store counts as a miss or a lost write and is never an error for the caller.
 */
export interface Cache {
  readonly name: string;
  /** `undefined` if the key was never set, was deleted, expired or was evicted, or if the store cannot be read. */
  get(key: string): Promise<string | undefined>;
  /** @param ttlMs - from now; 0 or less deletes the key, `Infinity` keeps it for as long as the store allows */
  set(key: string, value: string, ttlMs: number): Promise<void>;
  delete(key: string): Promise<void>;
  /** Closes what this cache opened. A client that was passed in stays open. */
  close(): Promise<void>;
}
