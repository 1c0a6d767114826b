import {
  boundedCount,
  createProviderError,
  estimateOutput,
  isJsonObject,
  type JsonObject,
  type Outcome,
  type ProviderAnswer,
  type ProviderCall,
  type ProviderResult,
  type RouterError,
  type Usage,
} from "@modelyard/core";
import type { AttemptTimeouts } from "@modelyard/policies";
import { concreteModel } from "../plan/wildcard.js";
import type { Call } from "../call/call.js";
import { requestFor, withFieldLists } from "../call/request-for.js";
import type { GroupRuntime } from "../plan/group-runtime.js";
import { Attempt } from "./attempt.js";
import { finishError } from "./attempt-errors.js";
import { reachable } from "../call/client-connection.js";
import { counted } from "./normalize-usage.js";
import { endsOrdinarily, finishFault, reasonsIn, whollyFiltered } from "./finish-reasons.js";
import { guard } from "../call/race-cancellation.js";
import { mockAnswer, requestMock } from "./mock-answer.js";
import type { Onward } from "./onward.js";
import type { Reservation } from "../candidates/reservation.js";

/** One call to one deployment begins; {@link callVendor} makes it; its result ends it, or a failure does. */
export function beginAttempt(call: Call, group: GroupRuntime, reservation: Reservation): Attempt {
  const { runtime } = reservation;
  try {
    return new Attempt(call, group, runtime, reservation, concreteModel(runtime.deployment, call.captures));
  } catch (thrown) {
    reservation.giveBack(call.now);
    throw thrown;
  }
}

/**
 * Takes down what came with a result, whatever its kind.
 * @throws `invalid_response` for a stream in the place of an answer, or the other way round
 */
export function noteResult(attempt: Attempt, result: ProviderResult): void {
  const { call } = attempt;
  const { provider } = attempt.runtime.deployment;
  const facts = result.rateLimit;
  if (facts !== undefined) {
    const { requests, tokens } = facts;
    attempt.remaining = { requests: boundedCount(requests?.remaining), tokens: boundedCount(tokens?.remaining) };
  }
  if (result.droppedParams !== undefined) call.trail.drop(result.droppedParams);
  if ((result.kind === "stream") !== call.stream) {
    discardLate(result);
    throw createProviderError({
      kind: "invalid_response",
      provider,
      message: `${provider} returned ${call.stream ? "a plain answer instead of a stream" : "a stream instead of a plain answer"}.`,
    });
  }
}

/** Ends an attempt with a whole answer. @throws whatever the attempt is to be failed with */
export function finishAnswer(attempt: Attempt, result: ProviderAnswer, onward: Onward): Outcome {
  const { call } = attempt;
  const fault = call.row.fault(result.value, call);
  if (fault !== undefined) {
    throw createProviderError({
      kind: "invalid_response",
      provider: attempt.runtime.deployment.provider,
      message: `${attempt.runtime.deployment.provider} answered with a success status, but ${fault}.`,
    });
  }
  const usage = counted((result.value as { readonly usage?: unknown }).usage);
  if (!endsOrdinarily(result.value, call.row, attempt.runtime)) checkEnd(attempt, result.value, usage, onward);
  if (usage === undefined) attempt.outputTokens = estimateOutput(result.value);
  attempt.succeed(usage);
  return { kind: "answer", value: result.value, bytes: result.bytes, trail: call.trail };
}

/** @throws what an answer is to be failed with that the vendor did not end in the ordinary way */
function checkEnd(attempt: Attempt, value: ProviderAnswer["value"], usage: Usage | undefined, onward: Onward): void {
  const { runtime } = attempt;
  const { row } = attempt.call;
  const fault = finishFault(reasonsIn(value), row, runtime, !row.empty(value));
  if (fault !== undefined) throw attempt.fail(finishError(attempt, fault), usage);
  const rejection = whollyFiltered(value, row, runtime) ? rejectionOf(attempt) : undefined;
  if (rejection !== undefined && onward.fallback(rejection)) throw attempt.fail(rejection, usage);
}

/** A good status does not make an answer of what the vendor's filter blocked; where somebody else may try, it is a rejection. */
export function rejectionOf(attempt: Attempt): RouterError {
  const { provider, id } = attempt.runtime.deployment;
  return createProviderError({
    kind: "content_policy_violation",
    provider,
    deploymentId: id,
    message: `${provider} (${attempt.model}) blocked the answer with its content filter.`,
  });
}

/** @throws whatever the attempt is to be failed with */
export function callVendor(attempt: Attempt): Promise<ProviderResult> {
  const { call, runtime, model } = attempt;
  const asked = requestMock(call);
  const text = asked ?? runtime.deployment.mockResponse;
  if (text !== undefined) {
    // A deployment that is mocked by configuration counts as one that was called: limits and cooldowns can be tried on it.
    attempt.sent = asked === undefined;
    return Promise.resolve(mockAnswer(call, { provider: runtime.deployment.provider, model, text }));
  }
  const { timeouts } = attempt;
  const limit = call.stream ? shorter(timeouts, "firstTokenMs", "totalMs") : "totalMs";
  attempt.arm(timeouts[limit], call.stream ? "content" : "answer", limit);
  const request = requestFor(call, runtime, call.trail);
  attempt.choices = call.row.choices(request);
  attempt.wantsUsage = call.stream && asksForUsage(request);
  const providerCall: ProviderCall = {
    deployment: reachable(call.options, runtime.deployment),
    model,
    request: request as unknown as ProviderCall["request"],
    requestText: request === call.body ? call.bodyText : undefined,
    stream: call.stream,
    continues: call.continues === "prefix",
    cancellation: attempt.cancellation,
    connectMs: timeouts.connectMs,
    headersMs: timeouts.headersMs,
    dropParams: call.options.dropParams ?? runtime.dropParams,
    now: call.services.now,
  };
  attempt.sent = true;
  const answering = runtime.provider.call(call.operation, withFieldLists(call, runtime, providerCall));
  // The request is on its way; a retry has it made again.
  call.letGo();
  return guard(answering, attempt.cancellation, discardLate);
}

function discardLate(result: ProviderResult): void {
  if (result.kind !== "stream") return;
  const iterator = result.parts[Symbol.asyncIterator]();
  iterator.return?.().catch(() => undefined);
}

/** Whether the caller wants to see the usage of its stream. */
function asksForUsage({ stream_options: options }: JsonObject): boolean {
  return isJsonObject(options) && options["include_usage"] === true;
}

type Limit = keyof AttemptTimeouts;

/** Which of two limits passes first. */
function shorter(timeouts: AttemptTimeouts, left: Limit, right: Limit): Limit {
  return (timeouts[right] ?? Number.POSITIVE_INFINITY) < (timeouts[left] ?? Number.POSITIVE_INFINITY) ? right : left;
}
