/** How requests are sent. */
export interface TransportOptions {
  /** Where there is no dispatcher of ours: what sends. @defaultValue the platform's */
  readonly fetch?: typeof globalThis.fetch;
  /** Certificates to trust besides the platform's, PEM. Node only. */
  readonly ca?: string | readonly string[];
  /** Most connections to one host. Whole, at least 1. Node only. @defaultValue no limit */
  readonly connections?: number;
  /** How long idle connections are kept, in milliseconds. Node only. @defaultValue 4_000 */
  readonly keepAliveMs?: number;
}
