/** What the cache needs of a store: a folder, a database, a Worker's KV. */
export interface Store {
  read(key: string): Promise<string | undefined>;
  write(key: string, value: string): Promise<void>;
  remove(key: string): Promise<void>;
}
