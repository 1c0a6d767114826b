import { type Engine, RouterError, type Surface } from "@modelyard/core";
import { type Bytes, type CallRoute, createError, systemClock } from "@modelyard/core/kit";
import { errorAnswer } from "./answers.js";
import { acceptedEncodings } from "./encoded-body.js";
import { callIdOf, idHeaders } from "./headers.js";
import type { GatewayRequest, GatewayResponse } from "./http.js";
import { KeepAlive } from "./keep-alive.js";
import type { GatewayOptions } from "./options.js";

/** As much as Anthropic's API takes: images and documents travel in bodies as base64. */
const defaultMaxBytes = 32 * 1024 * 1024;

/** Receives faults in our own code and in surfaces and routes. */
export interface FaultLog {
  report(fault: unknown): void;
}

/** What the gateway does for every route, whichever surface it belongs to. */
export class GatewayServices implements FaultLog {
  readonly engine: Engine;
  /** The longest request body, in bytes. */
  readonly maxBytes: number;
  /** Set while the server drains: readiness answers 503, and so do new calls. */
  draining = false;
  readonly #options: GatewayOptions;

  constructor(engine: Engine, options: GatewayOptions) {
    this.engine = engine;
    this.#options = options;
    this.maxBytes = options.maxRequestBytes ?? defaultMaxBytes;
  }

  /** The longest request body of a route: its own limit, but never more than the operator allows. */
  maxBytesOf({ maxRequestBytes = this.maxBytes }: CallRoute): number {
    return Math.min(maxRequestBytes, this.#options.maxRequestBytes ?? Infinity);
  }

  report(fault: unknown): void {
    try {
      this.#options.onError?.(fault);
    } catch {
      // The client still needs an answer, and there is nowhere else to report this.
    }
  }

  /** The answer to a request that failed, after reporting the failure to the option that is responsible for it. */
  failed(
    surface: Surface,
    request: GatewayRequest,
    thrown: unknown,
    extra?: Readonly<Record<string, string>>,
  ): GatewayResponse {
    if (!RouterError.isInstance(thrown)) {
      this.report(thrown);
      return this.errorAnswer(surface, thrown, { ...idHeaders(callIdOf(request)), ...extra });
    }
    if (thrown.trail !== undefined) return this.errorAnswer(surface, thrown, extra);
    this.#refused(thrown, request);
    const encodings = acceptedEncodings(thrown, request);
    return this.errorAnswer(surface, thrown, { ...idHeaders(callIdOf(request)), ...extra, ...encodings });
  }

  #refused(error: RouterError, request: GatewayRequest): void {
    try {
      this.#options.onRefused?.(error, request);
    } catch (fault) {
      this.report(fault);
    }
  }

  /** An error in the shape of `surface`. A surface that fails to write it is reported, and the answer is a plain 500. */
  errorAnswer(surface: Surface, thrown: unknown, extra?: Readonly<Record<string, string>>): GatewayResponse {
    try {
      return errorAnswer(surface, thrown, extra);
    } catch (fault) {
      this.report(fault);
      return { status: 500, headers: { "content-type": "text/plain" }, body: "Internal gateway error." };
    }
  }

  /** A stream with pings while it is silent, if pings are configured and its wire has them. */
  withPings(body: AsyncIterable<Bytes>, ping: Bytes | undefined): AsyncIterable<Bytes> {
    const { pingMs, clock = systemClock } = this.#options;
    if (pingMs === undefined || ping === undefined) return body;
    return new KeepAlive(body, { clock, everyMs: pingMs, ping });
  }
}

/** For calls that arrive while the server drains, and for those that it had to cut short. */
export function shuttingDown(): RouterError {
  return createError({
    kind: "service_unavailable",
    code: "shutting_down",
    retryAfterMs: 1_000,
    message: "The server is shutting down. Try again; another instance will answer.",
  });
}
