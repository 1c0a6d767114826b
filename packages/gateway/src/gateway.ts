import {
  checkJsonShape,
  createError,
  type Engine,
  type OperationName,
  type Outcome,
  operations,
  RouterError,
  Secret,
  toJson,
  systemClock,
} from "@modelyard/core";
import { checkedAnswer, errorAnswer, json, outcomeAnswer } from "./answers.js";
import { authFailure, Callers, presentedKey } from "./auth.js";
import { checkGateway } from "./check-options.js";
import { Cors, isPreflight } from "./cors.js";
import { callIdOf, type OpenOptions, requestOptions } from "./headers.js";
import { healthAnswer } from "./health.js";
import { Hosts } from "./hosts.js";
import { type GatewayRequest, type GatewayResponse, isStream } from "./http.js";
import { KeepAlive } from "./keep-alive.js";
import type { ExtraRoute, GatewayOptions } from "./options.js";
import { modelInfo } from "./model-info.js";
import { listModels, showModel } from "./models.js";
import { readBody } from "./parse-body.js";
import { unknownRoute } from "./unknown-route.js";
import { WatchedBody } from "./watched-body.js";

/** May throw, but never rejects. */
type Handler = (request: GatewayRequest, caller: string | undefined) => Promise<GatewayResponse> | GatewayResponse;

interface Method {
  /** Whether it answers without the master key. */
  readonly open: boolean;
  readonly handler: Handler;
}

/** What is served at one path, by method. */
type Route = ReadonlyMap<string, Method>;

/** As much as Anthropic's API takes; images and documents travel in bodies as base64. */
const defaultMaxBytes = 32 * 1024 * 1024;
/** Longer bodies are looked through, parsed and sent in turns of the event loop of their own. */
const longBody = 1024 * 1024;
/** Azure's and OpenAI's older paths, which name the model. */
const modelInPath = /^(?:\/v1)?\/(?:engines|openai\/deployments)\/(?<model>[^/]+)(?<rest>\/.+)$/u;

/** OpenAI's API over an engine, for any server: see `toFetchHandler` and `@modelyard/gateway/node`. */
export class Gateway {
  readonly #engine: Engine;
  readonly #options: GatewayOptions;
  readonly #masterKey: Secret | undefined;
  readonly #keyHeader: string | undefined;
  readonly #callers = new Callers();
  readonly #hosts: Hosts;
  readonly #cors: Cors;
  readonly #routes = new Map<string, Map<string, Method>>();
  readonly #maxBytes: number;
  /** Set while the server drains: readiness says 503, and new calls get one. */
  draining = false;

  constructor(engine: Engine, options: GatewayOptions) {
    checkGateway(engine, options);
    this.#engine = engine;
    this.#options = options;
    this.#masterKey = Secret.of(options.masterKey);
    this.#keyHeader = options.keyHeader?.toLowerCase();
    this.#maxBytes = options.maxRequestBytes ?? defaultMaxBytes;
    this.#hosts = new Hosts(options);
    this.#cors = new Cors(options, this.#hosts);
    this.#addRoutes();
  }

  /** Answers one request; never rejects. */
  handle(request: GatewayRequest): Promise<GatewayResponse> {
    const refusal = this.#hosts.refusal(request);
    if (refusal !== undefined) return Promise.resolve(this.#failed(request, refusal));
    const origin = request.header("origin");
    // No cache keeps what answers a POST.
    if (origin === undefined && request.method === "POST") return this.#answer(request);
    return this.#answerPage(request, origin).then((answer) => this.#cors.mark(answer, origin));
  }

  /**
   * What servers send in the place of an answer that they could not send, e.g. since HTTP does not allow one of its headers.
   * @param thrown - why; it is reported to `onError`
   */
  unsendable(thrown: unknown): GatewayResponse {
    this.#options.onError?.(thrown);
    const message = "The answer could not be sent.";
    return errorAnswer(createError({ kind: "internal_server", message, cause: thrown }));
  }

  /** @param origin - where the page is from that asks; `undefined`: none asks */
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
    if (found === undefined) throw unknownRoute(request, [...this.#routes.keys()]);
    const { route, model } = found;
    const method = route.get(request.method) ?? (request.method === "HEAD" ? route.get("GET") : undefined);
    const presented = presentedKey(request, this.#keyHeader);
    if (this.#masterKey !== undefined && !(method?.open ?? hasOpen(route))) {
      const failure = authFailure(presented, this.#masterKey, this.#keyHeader);
      if (failure !== undefined) return this.#failed(request, failure, { "www-authenticate": "Bearer" });
    }
    if (method === undefined) {
      const allow = [...route.keys()].join(", ");
      return this.#failed(request, wrongMethod(request, allow), { allow });
    }
    return method.handler(model === undefined ? request : withModel(request, model), this.#callers.nameOf(presented));
  }

  #failed(request: GatewayRequest, thrown: unknown, extra?: Readonly<Record<string, string>>): GatewayResponse {
    if (!RouterError.isInstance(thrown)) this.#options.onError?.(thrown);
    else if (thrown.trail === undefined) this.#options.onRefused?.(thrown, request);
    return errorAnswer(thrown, extra);
  }

  /** One of the user's own, which may do anything. */
  async #extra(route: ExtraRoute, request: GatewayRequest): Promise<GatewayResponse> {
    try {
      const answer = checkedAnswer(await route.handle(request), route.path);
      return isStream(answer.body) ? { ...answer, body: new WatchedBody(answer.body, this.#options.onError) } : answer;
    } catch (thrown) {
      return this.#failed(request, thrown);
    }
  }

  #find(path: string): { readonly route: Route; readonly model: string | undefined } | undefined {
    const exact = this.#routes.get(path) ?? this.#routes.get(path.endsWith("/") ? path.slice(0, -1) : path);
    if (exact !== undefined) return { route: exact, model: undefined };
    const named = modelInPath.exec(path)?.groups;
    const route = named === undefined ? undefined : this.#routes.get(named["rest"] ?? "");
    if (route !== undefined && named !== undefined)
      return { route, model: decodeURIComponentSafely(named["model"] ?? "") };
    const name = /^\/(?:v1\/)?models\/(?<id>.+)$/u.exec(path)?.groups?.["id"];
    if (name === undefined) return undefined;
    const handler: Handler = () => showModel(this.#engine, decodeURIComponentSafely(name));
    return { route: new Map([["GET", { open: false, handler }]]), model: undefined };
  }

  /** Never red for want of shared state: calls go on with local limits. */
  #readiness(): GatewayResponse {
    if (this.draining) return json(503, { status: "draining" }, { "retry-after": "5" });
    const { shared } = this.#engine.state();
    if (shared === undefined) return json(200, { status: "healthy" });
    return json(200, { status: "healthy", shared_state: shared.available ? "available" : "away" });
  }

  #addRoutes(): void {
    const add = (path: string, method: string, open: boolean, handler: Handler): void => {
      const route = this.#routes.get(path);
      if (route === undefined) this.#routes.set(path, new Map([[method, { open, handler }]]));
      else route.set(method, { open, handler });
    };
    for (const row of Object.values(operations)) {
      const handler: Handler = (request, caller) => this.#call(row.name, request, caller);
      add(row.path, "POST", false, handler);
      add(`/v1${row.path}`, "POST", false, handler);
    }
    for (const prefix of ["", "/v1"]) {
      add(`${prefix}/models`, "GET", false, () => listModels(this.#engine));
      add(`${prefix}/model/info`, "GET", false, (request) => modelInfo(this.#engine, request));
    }
    for (const path of ["/health/liveliness", "/health/liveness"])
      add(path, "GET", true, () => json(200, { status: "alive" }));
    add("/health/readiness", "GET", true, () => this.#readiness());
    add("/health", "GET", false, (request) => healthAnswer(this.#engine, request));
    add("/router/state", "GET", false, () => json(200, this.#engine.state(), { "cache-control": "no-store" }));
    for (const extra of this.#options.routes ?? [])
      add(extra.path, extra.method, extra.open, (request) => this.#extra(extra, request));
  }

  async #call(operation: OperationName, request: GatewayRequest, caller: string | undefined): Promise<GatewayResponse> {
    const callId = callIdOf(request);
    try {
      if (this.draining) throw shuttingDown();
      const encoding = request.header("content-encoding");
      if (encoding !== undefined && encoding !== "identity") {
        throw createError({
          kind: "bad_request",
          status: 415,
          code: "unsupported_encoding",
          message: `Content-Encoding ${encoding.slice(0, 40)} is not supported. Send plain JSON.`,
        });
      }
      const options = requestOptions(request, callId, caller);
      return this.#kept(outcomeAnswer(await this.#execute(operation, await request.body(this.#maxBytes), options)));
    } catch (thrown) {
      const tried = RouterError.isInstance(thrown) && thrown.trail !== undefined;
      return this.#failed(request, thrown, tried ? undefined : untriedHeaders(callId));
    }
  }

  /** Not within `#call`: what a function that waits has made, the body here, is kept until it ends. */
  #execute(operation: OperationName, bytes: Uint8Array, options: OpenOptions): Promise<Outcome> {
    const repeated = checkJsonShape(bytes);
    return bytes.length > longBody
      ? this.#executeLong(operation, bytes, repeated, options)
      : this.#engine.execute(operation, readBody(bytes, repeated, options), options);
  }

  /** Other requests get their turn between the steps of a long one. */
  async #executeLong(
    operation: OperationName,
    bytes: Uint8Array,
    repeated: boolean,
    options: OpenOptions,
  ): Promise<Outcome> {
    await nextTurn();
    const body = readBody(bytes, repeated, options);
    await nextTurn();
    return this.#engine.execute(operation, body, options);
  }

  /** With comments in the silences of a stream, where they are wanted. */
  #kept(answer: GatewayResponse): GatewayResponse {
    const { pingMs, clock = systemClock } = this.#options;
    if (pingMs === undefined || !isStream(answer.body)) return answer;
    return { ...answer, body: new KeepAlive(answer.body, clock, pingMs) };
  }
}

/** OpenAI's API over a router, or anything that has its interface. @throws `invalid_option` */
export function createGateway(engine: Engine, options: GatewayOptions = {}): Gateway {
  return new Gateway(engine, options);
}

function decodeURIComponentSafely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** For calls that come while the server drains, and for those that it had to cut short. */
export function shuttingDown(): RouterError {
  return createError({
    kind: "service_unavailable",
    code: "shutting_down",
    retryAfterMs: 1_000,
    message: "The server is shutting down. Try again; another instance will answer.",
  });
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
}

/** Headers of an answer to a request that was never tried. */
function untriedHeaders(callId: string): Record<string, string> {
  return {
    "x-litellm-call-id": callId,
    "x-request-id": callId,
    "x-litellm-attempted-retries": "0",
    "x-litellm-attempted-fallbacks": "0",
  };
}

/** The same request, with the model of its path in its body. */
function withModel(request: GatewayRequest, model: string): GatewayRequest {
  return {
    method: request.method,
    path: request.path,
    cancellation: request.cancellation,
    header: (name) => request.header(name),
    query: (name) => request.query?.(name),
    body: async (limit) => {
      const bytes = await request.body(limit);
      const body = readBody(bytes, checkJsonShape(bytes), {});
      return new TextEncoder().encode(toJson({ ...body, model }));
    },
  };
}

function hasOpen(route: Route): boolean {
  for (const { open } of route.values()) if (open) return true;
  return false;
}

function wrongMethod(request: GatewayRequest, allowed: string): RouterError {
  return createError({
    kind: "bad_request",
    status: 405,
    code: "method_not_allowed",
    message: `${request.path.slice(0, 200)} takes ${allowed}.`,
  });
}
