import { type Engine, RouterError, Secret, type Surface } from "@modelyard/core";
import { createError, type RequestHead } from "@modelyard/core/kit";
import { Callers, type KeyCheck, keyCheck, otherKeys, presentedKey, refusedKey } from "./auth.js";
import { buildRoutes } from "./build-routes.js";
import { checkGateway } from "./check-options.js";
import { Cors, isPreflight } from "./cors.js";
import { callIdOf, idHeaders } from "./headers.js";
import { Hosts } from "./hosts.js";
import type { GatewayRequest, GatewayResponse } from "./http.js";
import type { GatewayOptions } from "./options.js";
import type { FoundPath, RouteTable, ServedMethod, ServedPath } from "./route-table.js";
import { GatewayServices } from "./services.js";
import { messagesSurface } from "./surfaces/messages.js";
import { openaiSurface } from "./surfaces/openai.js";
import { responsesSurface } from "./surfaces/responses.js";
import { unknownRoute } from "./unknown-route.js";

/** APIs of several wires over an engine, for any server: see `toFetchHandler` and `@modelyard/gateway/node`. */
export class Gateway {
  readonly #services: GatewayServices;
  readonly #surfaces: readonly Surface[];
  readonly #routes: RouteTable;
  /** Not set: nothing needs a key. */
  readonly #keyCheck: KeyCheck | undefined;
  readonly #keyHeader: string | undefined;
  /** The key headers of all surfaces, for routes that belong to none of them. */
  readonly #keyHeaders: readonly string[];
  readonly #callers = new Callers();
  readonly #hosts: Hosts;
  readonly #cors: Cors;

  constructor(engine: Engine, options: GatewayOptions) {
    checkGateway(engine, options);
    this.#services = new GatewayServices(engine, options);
    this.#surfaces = options.surfaces ?? [openaiSurface, responsesSurface, messagesSurface];
    this.#keyHeader = options.keyHeader?.toLowerCase();
    const masterKey = Secret.of(options.masterKey);
    this.#keyCheck = masterKey === undefined ? undefined : keyCheck(masterKey);
    this.#keyHeaders = [...new Set(this.#surfaces.flatMap(({ keyHeaders = [] }) => keyHeaders))];
    const sources = { surfaces: this.#surfaces, keyHeaders: this.#keyHeaders, extras: options.routes ?? [] };
    this.#routes = buildRoutes(this.#services, sources);
    this.#hosts = new Hosts(options);
    this.#cors = new Cors(options, this.#hosts, this.#routes.methods);
  }

  /** Set while the server drains: readiness answers 503, and so do new calls. */
  get draining(): boolean {
    return this.#services.draining;
  }

  set draining(draining: boolean) {
    this.#services.draining = draining;
  }

  /** Answers one request; never rejects. */
  handle(request: GatewayRequest): Promise<GatewayResponse> {
    const host = request.header("host");
    if (host !== undefined && host !== this.#hosts.allowed) {
      const refusal = this.#hosts.refusal(request, host);
      if (refusal !== undefined) return Promise.resolve(this.#failed(request, refusal));
    }
    const origin = request.header("origin");
    // Answers to a POST are not cached, so they need no headers for pages.
    if (origin === undefined && request.method === "POST") return this.#answer(request);
    return this.#answerPage(request, origin).then((answer) => this.#cors.mark(answer, origin));
  }

  /**
   * What servers send instead of an answer that they could not send, e.g. because HTTP does not allow one of its headers.
   * @param thrown - why; it is reported to `onError`
   * @param request - the request, if the server knows it: the answer is in the shape that its client expects
   */
  unsendable(thrown: unknown, request?: RequestHead): GatewayResponse {
    const [main] = this.#surfaces as readonly [Surface];
    const surface = request === undefined ? main : this.#surfaceOf(request);
    const ids = idHeaders(callIdOf(request));
    if (RouterError.isInstance(thrown)) return this.#services.errorAnswer(surface, thrown, ids);
    this.#services.report(thrown);
    const message = "The answer could not be sent.";
    return this.#services.errorAnswer(surface, createError({ kind: "internal_server", message, cause: thrown }), ids);
  }

  /** @param origin - of the page that asks; `undefined`: the request does not come from a page */
  #answerPage(request: GatewayRequest, origin: string | undefined): Promise<GatewayResponse> {
    const refusal = origin === undefined ? this.#hosts.crossSiteRefusal(request) : this.#cors.refusal(request, origin);
    if (refusal !== undefined) return Promise.resolve(this.#failed(request, refusal));
    return origin !== undefined && isPreflight(request)
      ? Promise.resolve(this.#cors.preflight(request))
      : this.#answer(request);
  }

  #answer(request: GatewayRequest): Promise<GatewayResponse> {
    try {
      const answer = this.#route(request);
      return answer instanceof Promise ? answer : Promise.resolve(answer);
    } catch (thrown) {
      return Promise.resolve(this.#failed(request, thrown));
    }
  }

  /** May throw, but never rejects. */
  #route(request: GatewayRequest): Promise<GatewayResponse> | GatewayResponse {
    const found = this.#find(request.path);
    if (found === undefined) throw unknownRoute(request, this.#surfaces, this.#routes.paths);
    const { served, params } = found;
    const method = methodOf(served, request);
    const keyHeaders = method?.keyHeaders ?? this.#keyHeaders;
    let presented = presentedKey(request, this.#keyHeader, keyHeaders);
    const check = this.#keyCheck;
    if (check !== undefined && !(method?.open ?? hasOpen(served))) {
      if (presented === undefined || !check(presented)) {
        presented = otherKeys(request, this.#keyHeader, keyHeaders).find(check);
        if (presented === undefined) {
          const error = refusedKey(request, this.#keyHeader, keyHeaders);
          return this.#failed(request, error, { "www-authenticate": "Bearer" });
        }
      }
    }
    if (method !== undefined) return method.handle(request, this.#callers.nameOf(presented), params);
    if (firstOf(served, request.method) !== undefined) throw unknownRoute(request, this.#surfaces, this.#routes.paths);
    const allow = [...served.keys()].join(", ");
    return this.#failed(request, wrongMethod(request, allow), { allow });
  }

  #find(path: string): FoundPath | undefined {
    return this.#routes.exact.get(path) ?? this.#routes.match(path);
  }

  #failed(request: GatewayRequest, thrown: unknown, extra?: Readonly<Record<string, string>>): GatewayResponse {
    return this.#services.failed(this.#surfaceOf(request), request, thrown, extra);
  }

  /** The surface whose clients send such requests. It writes the failures of requests that reach no route. */
  #surfaceOf(request: RequestHead): Surface {
    const served = this.#find(request.path)?.served;
    const method = served === undefined ? undefined : (methodOf(served, request) ?? otherMethodOf(served, request));
    return method?.surface ?? this.#routes.nearest(request.path);
  }
}

/** One or more APIs over a router, or over anything that has its interface. @throws `invalid_option` */
export function createGateway(engine: Engine, options: GatewayOptions = {}): Gateway {
  return new Gateway(engine, options);
}

/** The first route that serves a method at a path. It may still not accept the request. */
function firstOf(served: ServedPath, method: string): ServedMethod | undefined {
  return served.get(method) ?? (method === "HEAD" ? served.get("GET") : undefined);
}

/** What serves a request at a path; `undefined`: nothing does. */
function methodOf(served: ServedPath, request: RequestHead): ServedMethod | undefined {
  return accepting(firstOf(served, request.method), request);
}

function accepting(first: ServedMethod | undefined, request: RequestHead): ServedMethod | undefined {
  let method = first;
  while (method?.accepts !== undefined && !method.accepts(request)) method = method.next;
  return method;
}

/** What would serve a request if it had another method. */
function otherMethodOf(served: ServedPath, request: RequestHead): ServedMethod | undefined {
  for (const first of served.values()) {
    const method = accepting(first, request);
    if (method !== undefined) return method;
  }
  return undefined;
}

function hasOpen(served: ServedPath): boolean {
  for (const { open } of served.values()) if (open) return true;
  return false;
}

function wrongMethod(request: GatewayRequest, allowed: string): RouterError {
  return createError({
    kind: "bad_request",
    status: 405,
    code: "method_not_allowed",
    message: `${request.path.slice(0, 200)} only accepts ${allowed}.`,
  });
}
