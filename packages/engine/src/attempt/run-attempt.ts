import type { JsonObject, ProviderCall, ProviderResult, RouterError, Usage } from "@modelyard/core";
import {
  boundedCount,
  createProviderError,
  type OperationRow,
  type Outcome,
  type ProviderAnswer,
  type RateLimitReport,
} from "@modelyard/core/kit";
import { type AttemptTimeouts, LimitMirror } from "@modelyard/policies";
import { concreteModel } from "../plan/wildcard.js";
import { type Call, isApart } from "../call/call.js";
import { requestFor, withExtras } from "../call/request-for.js";
import type { StoredNames } from "../call/stored-names.js";
import type { GroupRuntime } from "../plan/group-runtime.js";
import { Attempt } from "./attempt.js";
import { blockedError, finishError } from "./attempt-errors.js";
import { clientDeployment } from "../call/client-connection.js";
import { normalizeUsage } from "./usage.js";
import { endsOrdinarily, finishFault, reasonsIn, whollyFiltered } from "./finish-reasons.js";
import type { DeploymentRuntime } from "../plan/deployment-runtime.js";
import { isMockedByRequest, mockedProvider } from "./mock-provider.js";
import { attemptEvent, emitAttempt, wantsAttempt } from "./report.js";
import { renameResult } from "./rename-result.js";
import { noteAnswerId } from "./session-report.js";
import type { Reservation } from "../candidates/reservation.js";

/** Begins a call to one deployment, which {@link callProvider} then makes. Gives back the reservation if that fails. */
export function beginAttempt(call: Call, group: GroupRuntime, reservation: Reservation): Attempt {
  const { runtime } = reservation;
  try {
    const { deployment } = runtime;
    // Those of an attempt that failed after its headers.
    if (call.trail.vendorHeaders !== undefined) call.trail.vendorHeaders = undefined;
    const model = call.captures === undefined ? deployment.model : concreteModel(deployment, call.captures);
    return new Attempt(call, group, runtime, reservation, model);
  } catch (thrown) {
    reservation.giveBack(call.now);
    throw thrown;
  }
}

/**
 * Records what the provider reported with a result: the remaining quota and dropped parameters.
 * @throws `invalid_response` for a stream instead of a plain answer, or the other way round
 */
export function noteResult(attempt: Attempt, result: ProviderResult): void {
  const { call } = attempt;
  const { provider } = attempt.runtime.deployment;
  const facts = result.rateLimit;
  if (facts !== undefined) noteLimits(attempt, facts);
  if (result.vendorHeaders !== undefined) call.trail.vendorHeaders = result.vendorHeaders;
  if (result.wire !== undefined) attempt.record.wire = result.wire;
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

/** Records what a vendor says about its limits as soon as its headers have arrived. */
function noteLimits(attempt: Attempt, report: RateLimitReport): void {
  const { call, runtime, reservation } = attempt;
  const remaining = {
    requests: boundedCount(report.requests?.remaining),
    tokens: boundedCount(report.tokens?.remaining),
  };
  attempt.remaining = remaining;
  // Those of the client's own key are not ours.
  if (isApart(call)) return;
  // Known only where requests may wait for limits, so that others do not pay for it.
  if (call.waitsForVendors === true) runtime.mirror ??= new LimitMirror();
  runtime.mirror?.report(call.tick(), report, reservation.mirrored);
  if (!wantsAttempt(attempt, "limits_reported")) return;
  emitAttempt(attempt, {
    ...attemptEvent(attempt, "limits_reported"),
    remainingRequests: remaining.requests,
    remainingTokens: remaining.tokens,
  });
}

/**
 * Checks a complete answer.
 * @returns an error if the vendor's filter blocked the answer entirely
 * @throws the error that the attempt fails with if the answer is invalid
 */
export function checkAnswer(attempt: Attempt, answer: ProviderAnswer): RouterError | undefined {
  const { call, runtime } = attempt;
  const { value } = answer;
  const fault = call.row.fault(value, attempt.choices);
  if (fault !== undefined) {
    throw createProviderError({
      kind: "invalid_response",
      provider: runtime.deployment.provider,
      message: `${runtime.deployment.provider} answered with a success status, but ${fault}.`,
    });
  }
  return endsOrdinarily(value, call.row, runtime) ? undefined : checkEnd(attempt, answer);
}

function checkEnd(attempt: Attempt, answer: ProviderAnswer): RouterError | undefined {
  const { runtime } = attempt;
  const { value } = answer;
  const { row } = attempt.call;
  const fault = finishFault(reasonsIn(value, row), row, runtime, !row.empty(value));
  if (fault !== undefined) throw attempt.fail(finishError(attempt, fault), usageIn(answer, row));
  return whollyFiltered(value, row, runtime) ? blockedError(attempt) : undefined;
}

/** The usage that a vendor reported with an answer. */
export function usageIn({ value, usage }: ProviderAnswer, { reads }: OperationRow): Usage | undefined {
  return normalizeUsage(usage ?? reads.usage(value));
}

/** Ends an attempt with a whole answer. */
export function finishAnswer(attempt: Attempt, answer: ProviderAnswer): Outcome {
  const { value, bytes } = answer;
  const usage = usageIn(answer, attempt.call.row);
  if (usage === undefined) attempt.outputTokens = attempt.call.row.outputTokens(value);
  if (attempt.session !== undefined) noteAnswerId(attempt, [value]);
  attempt.succeed(usage);
  return { kind: "answer", value, bytes, trail: attempt.call.trail };
}

/**
 * Makes the call of an attempt.
 * @throws the error that the attempt fails with
 */
export function callProvider(attempt: Attempt): Promise<ProviderResult> {
  const { call, runtime, model } = attempt;
  const { deployment } = runtime;
  const mocked = call.options.mockResponse !== undefined || deployment.mockResponse !== undefined;
  const provider = mocked ? mockedProvider(call, runtime) : runtime.provider;
  const { timeouts } = attempt;
  const limit = call.stream ? shorter(timeouts, "firstTokenMs", "totalMs") : "totalMs";
  attempt.arm(timeouts[limit], call.stream ? "content" : "answer", limit);
  const body = changesBody(call, runtime) ? requestFor(call, runtime, call.trail) : call.request;
  const whole = call.stored === undefined ? body : call.stored.toVendor(body, runtime, call.trail);
  const request = call.withoutReasoning === true ? withoutReasoning(call, whole) : whole;
  attempt.choices = call.row.choices(request);
  attempt.wantsUsage = call.stream && call.row.awaitsUsage(request);
  const providerCall: ProviderCall = {
    deployment: call.options.clientAuth === undefined ? deployment : clientDeployment(call.options, deployment),
    model,
    request: request as unknown as ProviderCall["request"],
    requestText: call.textOf(request),
    stream: call.stream,
    continues: call.continues === "prefix",
    cancellation: attempt.cancellation,
    connectMs: timeouts.connectMs,
    headersMs: timeouts.headersMs,
    dropParams: call.options.dropParams ?? runtime.dropParams,
    now: call.services.now,
    caller: call.options.caller,
    memory: call.services.sharedState?.memory,
  };
  // A deployment that is mocked by configuration counts as called, so that users can try out limits and cooldowns on
  // it.
  attempt.sent = !mocked || !isMockedByRequest(call);
  const keepMs = keepMsOf(call, runtime, request);
  const calling = provider.call(
    call.operation,
    hasExtras(call, runtime, keepMs) ? withExtras(call, runtime, providerCall, keepMs) : providerCall,
  );
  const answering = call.stored === undefined ? calling : renamed(calling, call.stored, runtime, request);
  // The request has been sent, so the parsed body can be released. A retry parses it again.
  call.releaseBody();
  return attempt.cancellation.race(answering, discardLate);
}

/** The request without the reasoning that a vendor refused. */
function withoutReasoning({ row, trail }: Call, request: JsonObject): JsonObject {
  const left = row.withoutReasoning?.(request);
  if (left !== undefined) trail.drop(left.dropped);
  return left?.request ?? request;
}

/** The result with the ids that the caller knows. */
function renamed(
  calling: Promise<ProviderResult>,
  stored: StoredNames,
  runtime: DeploymentRuntime,
  request: JsonObject,
): Promise<ProviderResult> {
  const renaming = stored.renaming(runtime, request);
  return renaming === undefined ? calling : calling.then((result) => renameResult(result, stored.ids, renaming));
}

/** Whether the deployment's request differs from the caller's body. */
function changesBody({ options }: Call, { defaults, dropped }: DeploymentRuntime): boolean {
  return defaults !== undefined || dropped.length > 0 || options.additionalDropParams !== undefined;
}

/** Whether there is something of {@link withExtras}. */
function hasExtras(call: Call, runtime: DeploymentRuntime, keepMs: number | undefined): boolean {
  const { options } = call;
  const { deployment, omittedFields } = runtime;
  return (
    call.withoutReasoning === true ||
    options.losesReasoning === true ||
    keepMs !== undefined ||
    omittedFields !== undefined ||
    deployment.allowedOpenaiParams !== undefined ||
    options.additionalDropParams !== undefined ||
    options.allowedOpenaiParams !== undefined ||
    options.forwardHeaders !== undefined
  );
}

/** What {@link ProviderCall.keepMs} is if it is not set. */
const usualKeepMs = 60 * 60 * 1000;

/**
 * How long what later turns need may be kept. `undefined`: as usual. Providers see a `store: false` themselves; one that is
 * not sent counts, too.
 * @param sent - the request as the provider gets it
 */
function keepMsOf({ request, snapshot }: Call, { defaults }: DeploymentRuntime, sent: JsonObject): number | undefined {
  const store = request["store"] ?? defaults?.["store"];
  if (store === false && sent["store"] !== false) return 0;
  const { conversationTtlMs } = snapshot.config;
  return conversationTtlMs === usualKeepMs ? undefined : conversationTtlMs;
}

function discardLate(result: ProviderResult): void {
  if (result.kind !== "stream") return;
  const iterator = result.parts[Symbol.asyncIterator]();
  iterator.return?.().catch(() => undefined);
}

type Limit = keyof AttemptTimeouts;

/** The shorter one of two limits. */
function shorter(timeouts: AttemptTimeouts, left: Limit, right: Limit): Limit {
  return (timeouts[right] ?? Number.POSITIVE_INFINITY) < (timeouts[left] ?? Number.POSITIVE_INFINITY) ? right : left;
}
