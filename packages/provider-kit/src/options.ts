import { callable, checkOptions, flag, list, numeric, type Rule, shape, text } from "@modelyard/core/options";

/** How requests are sent. What is for Node only changes nothing elsewhere: there the platform decides. */
export interface TransportOptions {
  /** Where there is no dispatcher of ours: what sends. @defaultValue the platform's */
  readonly fetch?: typeof globalThis.fetch;
  /** Certificates to trust besides the platform's, PEM. Node only. */
  readonly ca?: string | readonly string[];
  /** Whether certificates that nobody vouches for are refused. Only tests should say false. Node only. @defaultValue true */
  readonly rejectUnauthorized?: boolean;
  /**
   * Most connections to one host; further requests wait for one, on the time of their `connectMs`. Whole, at least 1.
   * Node only. @defaultValue no limit
   */
  readonly connections?: number;
  /**
   * How long idle connections are kept, in milliseconds, above 0; a host that states its own time (`keep-alive:
   * timeout=`) is believed. Node only. @defaultValue 30_000 for https; 4_000 for http, as servers of one's own hang up
   * after 5 s
   */
  readonly keepAliveMs?: number;
}

const certificates: Rule = (value, path) => (Array.isArray(value) ? list(text)(value, path) : text(value, path));

const ownOptions = shape<TransportOptions>({
  fetch: callable,
  ca: certificates,
  rejectUnauthorized: flag,
  connections: numeric({ least: 1, whole: true, endless: true }),
  keepAliveMs: numeric({ least: 0, above: true, endless: true }),
});

/** @throws `invalid_option` for what would fail, or hang, with the first request, and for what is misspelt */
export function checkTransport(options: TransportOptions): void {
  checkOptions(options, ownOptions, "createTransport");
}
