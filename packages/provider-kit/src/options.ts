import { callable, checkOptions, flag, list, numeric, type Rule, shape, text } from "@modelyard/core/options";

/** How requests are sent. Options marked "Node only" have no effect elsewhere, where the platform decides. */
export interface TransportOptions {
  /** Sends the requests. Not used on Node. @defaultValue the platform's `fetch` */
  readonly fetch?: typeof globalThis.fetch;
  /** Certificates to trust in addition to the platform's, in PEM format. Node only. */
  readonly ca?: string | readonly string[];
  /** Whether untrusted certificates are refused. Only tests should set this to false. Node only. @defaultValue true */
  readonly rejectUnauthorized?: boolean;
  /**
   * The most connections to one host. Further requests wait for one, within their `connectMs`. A whole number, at least 1.
   * Node only. @defaultValue no limit
   */
  readonly connections?: number;
  /**
   * How long idle connections are kept, in milliseconds, above 0. A host's own time (`keep-alive: timeout=`) takes
   * precedence. Node only. @defaultValue 30_000 for https; 4_000 for http, since many self-hosted servers close idle
   * connections after 5 s
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

/** @throws `invalid_option` for values that would make requests fail or hang, and for misspelled names */
export function checkTransport(options: TransportOptions): void {
  checkOptions(options, ownOptions, "createTransport");
}
