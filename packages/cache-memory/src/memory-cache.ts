import type { Cache, Clock } from "@modelyard/core";
import { systemClock, wentBack } from "@modelyard/core/kit";
import { checkOptions, numeric, part, shape } from "@modelyard/core/options";
import { Entries } from "./entries.js";

export interface MemoryCacheOptions {
  /**
   * The most entries to keep. Beyond it, the least recently used one is dropped. A whole number, at least 1.
   * @defaultValue 10_000
   */
  readonly maxEntries?: number;
  /**
   * The most bytes of all keys and values, counted as UTF-16. A whole number, at least 1.
   * @defaultValue 104_857_600
   */
  readonly maxBytes?: number;
  /**
   * Decides when entries expire.
   * @defaultValue the system clock
   */
  readonly clock?: Pick<Clock, "now">;
}

/** A response cache in this process that reports how full it is. */
export interface MemoryCache extends Cache {
  /** Number of entries, including those that have expired but were not read since. */
  readonly entries: number;
  /** Size of all keys and values in bytes, as `maxBytes` counts it. */
  readonly bytes: number;
}

const most = numeric({ least: 1, whole: true });
const ownOptions = shape<MemoryCacheOptions>({
  maxEntries: most,
  maxBytes: most,
  clock: part<Clock>({ what: "a clock", example: "systemClock", methods: ["now"] }),
});

/**
 * Creates a response cache in this process, bounded in entries and in bytes. The least recently used entries are
 * dropped first. A value larger than `maxBytes` is not stored. It uses no timers.
 * @throws `invalid_option`
 */
export function memoryCache(options: MemoryCacheOptions = {}): MemoryCache {
  checkOptions(options, ownOptions, "memoryCache");
  const { maxEntries = 10_000, maxBytes = 100 * 1024 * 1024, clock = systemClock } = options;
  const entries = new Entries(maxEntries, maxBytes);
  return {
    name: "memory",
    get entries() {
      return entries.count;
    },
    get bytes() {
      return entries.bytes;
    },
    async get(key) {
      const entry = entries.find(key);
      if (entry === undefined) return undefined;
      const now = clock.now();
      if (now < entry.until && !wentBack(entry.storedAt, now)) {
        entries.use(entry);
        return entry.value;
      }
      entries.delete(key);
      return undefined;
    },
    async set(key, value, ttlMs) {
      const storedAt = clock.now();
      if (ttlMs <= 0) entries.delete(key);
      else entries.add({ key, value, storedAt, until: storedAt + ttlMs });
    },
    async delete(key) {
      entries.delete(key);
    },
    async close() {
      entries.clear();
    },
  };
}
