import type { Cache } from "@modelyard/core";

/** A cache that can be replaced by another one while it is used. */
export class ReplaceableCache implements Cache {
  #current: Cache;

  constructor(current: Cache) {
    this.#current = current;
  }

  get name(): string {
    return this.#current.name;
  }

  get(key: string): Promise<string | undefined> {
    return this.#current.get(key);
  }

  set(key: string, value: string, ttlMs: number): Promise<void> {
    return this.#current.set(key, value, ttlMs);
  }

  delete(key: string): Promise<void> {
    return this.#current.delete(key);
  }

  /** Uses another cache from now on, and closes the one of before. What that one is asked at this moment may be lost. */
  async replace(next: Cache): Promise<void> {
    const before = this.#current;
    this.#current = next;
    if (before !== next) await before.close();
  }

  close(): Promise<void> {
    return this.#current.close();
  }
}
