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
import { blockedError, finishError } from "./attempt-errors.js";
import { reachable } from "../call/client-connection.js";
import { normalizeUsage } from "./normalize-usage.js";
import { endsOrdinarily, finishFault, reasonsIn, whollyFiltered } from "./finish-reasons.js";
import { guard } from "../call/race-cancellation.js";
import { mockAnswer, requestMock } from "./mock-answer.js";
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

/**
 * Looks at a whole answer before it counts as one.
 * @returns the rejection that it stands for when the vendor's filter blocked all of it
 * @throws whatever the attempt is to be failed with
 */
export function checkAnswer(attempt: Attempt, value: ProviderAnswer["value"]): RouterError | undefined {
  const { call, runtime } = attempt;
  const fault = call.row.fault(value, call);
  if (fault !== undefined) {
    throw createProviderError({
      kind: "invalid_response",
      provider: runtime.deployment.provider,
      message: `${runtime.deployment.provider} answered with a success status, but ${fault}.`,
    });
  }
  return endsOrdinarily(value, call.row, runtime) ? undefined : checkEnd(attempt, value);
}

function checkEnd(attempt: Attempt, value: ProviderAnswer["value"]): RouterError | undefined {
  const { runtime } = attempt;
  const { row } = attempt.call;
  const fault = finishFault(reasonsIn(value), row, runtime, !row.empty(value));
  if (fault !== undefined) throw attempt.fail(finishError(attempt, fault), usageIn(value));
  return whollyFiltered(value, row, runtime) ? blockedError(attempt) : undefined;
}

/** The usage that an answer reports. */
export function usageIn(value: ProviderAnswer["value"]): Usage | undefined {
  return normalizeUsage((value as { readonly usage?: unknown }).usage);
}

/** Ends an attempt with a whole answer. */
export function finishAnswer(attempt: Attempt, { value, bytes }: ProviderAnswer): Outcome {
  const usage = usageIn(value);
  if (usage === undefined) attempt.outputTokens = estimateOutput(value);
  attempt.succeed(usage);
  return { kind: "answer", value, bytes, trail: attempt.call.trail };
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
