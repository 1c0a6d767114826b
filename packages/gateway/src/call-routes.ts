import { type JsonObject, RouterError, type Surface } from "@modelyard/core";
import {
  type CallRoute,
  nextTurn,
  type Outcome,
  type RequestHead,
  type RouteParams,
  type SurfaceAnswer,
  type SurfaceCall,
} from "@modelyard/core/kit";
import { DecodedHead, decodedBody } from "./encoded-body.js";
import {
  callIdOf,
  isEncoded,
  type OpenOptions,
  requestOptions,
  trailHeaders,
  untriedHeaders,
  withHeaders,
} from "./headers.js";
import type { GatewayRequest, GatewayResponse } from "./http.js";
import { type Handler, noParams } from "./route-table.js";
import { type GatewayServices, shuttingDown } from "./services.js";
import { streamResponse } from "./stream-response.js";

/** What `read` of a surface learns about the route of a request. */
interface RouteMatch {
  readonly route: CallRoute;
  readonly params: RouteParams;
}

/** An outcome, with the context that the surface's `read` returned. */
class OutcomeInContext {
  readonly outcome: Outcome;
  readonly context: unknown;

  constructor(outcome: Outcome, context: unknown) {
    this.outcome = outcome;
    this.context = context;
  }
}

/** The answer of a route to a call that failed, with the failure. */
class InsteadAnswer {
  readonly answer: SurfaceAnswer;
  readonly error: RouterError;

  constructor(answer: SurfaceAnswer, error: RouterError) {
    this.answer = answer;
    this.error = error;
  }
}

/** Without a context from `read`, the outcome needs no wrapper. */
type Executed = InsteadAnswer | Outcome | OutcomeInContext;

/** Serves the call routes of one surface: it reads the request, the engine runs it, and the surface writes the answer. */
export class CallRoutes {
  readonly #services: GatewayServices;
  readonly #surface: Surface;

  constructor(services: GatewayServices, surface: Surface) {
    this.#services = services;
    this.#surface = surface;
  }

  handler(route: CallRoute): Handler {
    // Shared by all requests to paths without placeholders.
    const exact: RouteMatch = { route, params: noParams };
    const maxBytes = this.#services.maxBytesOf(route);
    return (request, caller, params) =>
      this.#answer(params === noParams ? exact : { route, params }, maxBytes, request, caller);
  }

  async #answer(
    match: RouteMatch,
    maxBytes: number,
    request: GatewayRequest,
    caller: string | undefined,
  ): Promise<GatewayResponse> {
    const callId = callIdOf(request);
    try {
      if (this.#services.draining) throw shuttingDown();
      const options = requestOptions(request, callId, caller);
      const outcome = await this.#execute(await bodyOf(request, maxBytes), match, headOf(request), options);
      const response = this.#write(outcome);
      return response instanceof Promise ? await response : response;
    } catch (thrown) {
      const tried = RouterError.isInstance(thrown) && thrown.trail !== undefined;
      return this.#services.failed(this.#surface, request, thrown, tried ? undefined : untriedHeaders(callId));
    }
  }

  /** Neither `async` nor part of `#answer` (docs/internals.md, "A waiting `async` function keeps its arguments"). */
  #execute(bytes: Uint8Array, match: RouteMatch, head: RequestHead, options: OpenOptions): Promise<Executed> {
    const call = this.#surface.read(bytes, head, match);
    return call instanceof Promise
      ? this.#executeLater(call, match.route, options)
      : this.#begin(call, match.route, options);
  }

  async #executeLater(reading: Promise<SurfaceCall>, route: CallRoute, options: OpenOptions): Promise<Executed> {
    const call = await reading;
    await nextTurn();
    return this.#begin(call, route, options);
  }

  #begin(call: SurfaceCall, { operation, instead }: CallRoute, options: OpenOptions): Promise<Executed> {
    if (call.requestText !== undefined) options.requestText = call.requestText;
    const all = call.options === undefined ? options : { ...call.options, ...options };
    const outcome = this.#services.engine.execute(call.operation ?? operation, call.request, all);
    if (instead !== undefined) return orInstead(outcome, call.request, instead);
    return call.context === undefined ? outcome : inContext(outcome, call.context);
  }

  #write(executed: Executed): GatewayResponse | Promise<GatewayResponse> {
    if (executed instanceof InsteadAnswer) {
      const { answer, error } = executed;
      return withHeaders(answer, error.trail === undefined ? {} : trailHeaders(error.trail));
    }
    return executed instanceof OutcomeInContext
      ? this.#writeOutcome(executed.outcome, executed.context)
      : this.#writeOutcome(executed, undefined);
  }

  #writeOutcome(outcome: Outcome, context: unknown): GatewayResponse | Promise<GatewayResponse> {
    if (outcome.kind !== "answer") return streamResponse(this.#services, this.#surface, outcome, context);
    const headers = trailHeaders(outcome.trail);
    const answer = this.#surface.write(outcome, context);
    return answer instanceof Promise ? writtenLater(answer, headers) : withHeaders(answer, headers);
  }
}

function bodyOf(request: GatewayRequest, maxBytes: number): Promise<Uint8Array> {
  return isEncoded(request) ? decodedBody(request, maxBytes) : request.body(maxBytes);
}

/** What surfaces see of a request besides its body, which they get decoded. */
function headOf(request: GatewayRequest): RequestHead {
  return isEncoded(request) ? new DecodedHead(request) : request;
}

async function writtenLater(
  writing: Promise<SurfaceAnswer>,
  headers: Record<string, string>,
): Promise<GatewayResponse> {
  return withHeaders(await writing, headers);
}

/** @throws (rejects with) the failure, unless the route answers instead */
async function orInstead(
  outcome: Promise<Outcome>,
  request: JsonObject,
  instead: NonNullable<CallRoute["instead"]>,
): Promise<InsteadAnswer | Outcome> {
  try {
    return await outcome;
  } catch (thrown) {
    const answer = RouterError.isInstance(thrown) ? instead(thrown, request) : undefined;
    if (answer === undefined) throw thrown;
    return new InsteadAnswer(answer, thrown as RouterError);
  }
}

/** A separate function, so that it keeps only the context while the engine works. */
async function inContext(outcome: Promise<Outcome>, context: unknown): Promise<OutcomeInContext> {
  return new OutcomeInContext(await outcome, context);
}
