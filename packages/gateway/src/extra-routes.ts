import { type CallOptions, RouterError, type Surface } from "@modelyard/core";
import type { Cancellation } from "@modelyard/core/kit";
import { checkedAnswer } from "./checked-answer.js";
import { decodedBody, describesEncoding } from "./encoded-body.js";
import { callIdOf, isEncoded, requestOptions, trailHeaders, untriedHeaders } from "./headers.js";
import { type GatewayRequest, type GatewayResponse, isStream } from "./http.js";
import type { ExtraRoute, RouteRequest } from "./options.js";
import type { Handler } from "./route-table.js";
import { type GatewayServices, shuttingDown } from "./services.js";
import { WatchedBody } from "./watched-body.js";

/** A request as custom routes see it. */
class ServicedRequest implements RouteRequest {
  readonly method: string;
  readonly path: string;
  readonly cancellation: Cancellation;
  readonly #request: GatewayRequest;
  readonly #services: GatewayServices;
  readonly #caller: string | undefined;
  #callId: string | undefined;

  constructor(request: GatewayRequest, services: GatewayServices, caller: string | undefined) {
    this.#request = request;
    this.#services = services;
    this.#caller = caller;
    this.method = request.method;
    this.path = request.path;
    this.cancellation = request.cancellation;
  }

  get callId(): string {
    this.#callId ??= callIdOf(this.#request);
    return this.#callId;
  }

  /** The id, if the route has asked for it. */
  get usedCallId(): string | undefined {
    return this.#callId;
  }

  header(name: string): string | undefined {
    // The route gets the decoded body.
    return describesEncoding(name) && isEncoded(this.#request) ? undefined : this.#request.header(name);
  }

  query(name: string): string | undefined {
    return this.#request.query?.(name);
  }

  body(limit: number = this.#services.maxBytes): Promise<Uint8Array> {
    return isEncoded(this.#request) ? decodedBody(this.#request, limit) : this.#request.body(limit);
  }

  options(): CallOptions {
    return requestOptions(this.#request, this.callId, this.#caller);
  }
}

/** Serves a custom route. Its code may do anything, so its answers are checked. */
export function extraHandler(services: GatewayServices, surface: Surface, route: ExtraRoute): Handler {
  const { refusedWhileDraining = route.method === "POST" } = route;
  const report = (fault: unknown): void => {
    services.report(fault);
  };
  return async (given, caller): Promise<GatewayResponse> => {
    const request = new ServicedRequest(given, services, caller);
    try {
      if (refusedWhileDraining && services.draining) throw shuttingDown();
      const { status, headers, body, trail } = checkedAnswer(await route.handle(request), route.path);
      const all = trail === undefined ? headers : { ...trailHeaders(trail), ...headers };
      if (!isStream(body)) return { status, headers: all, body };
      return { status, headers: all, body: services.withPings(new WatchedBody(body, report), route.ping) };
    } catch (thrown) {
      const tried = RouterError.isInstance(thrown) && thrown.trail !== undefined;
      const { usedCallId } = request;
      const extra = tried || usedCallId === undefined ? undefined : untriedHeaders(usedCallId);
      return services.failed(surface, given, thrown, extra);
    }
  };
}
