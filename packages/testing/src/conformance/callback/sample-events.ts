import type { CallPayload, RouterEvent, RouterEventType, Trail } from "@modelyard/core";
import { createProviderError } from "@modelyard/core/kit";
import { aborted, failed, firstToken, makeCandidate, started, succeeded } from "../../candidates.js";

type Samples = { readonly [Type in RouterEventType]: readonly (RouterEvent & { readonly type: Type })[] };

const at = Date.UTC(2026, 0, 1);
const durationMs = 120;

/** Events of every type: with everything that can be known, and with as little as possible. */
export function sampleEvents(): Samples {
  const candidate = makeCandidate({ id: "east", model: "gpt-4o" });
  const { deployment } = candidate;
  const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
  const error = createProviderError({ kind: "rate_limit", provider: "test", message: "scripted", retryAfterMs: 500 });
  const call = { at, callId: "call", operation: "chat", stream: false, requestedModel: "gpt-4" } as const;
  const bare = { at, callId: "another", operation: "embeddings", stream: true, requestedModel: "" } as const;
  const trail: Trail = {
    callId: "call",
    requestedModel: "gpt-4",
    modelGroup: "gpt-4",
    deploymentId: "east",
    attempts: [
      {
        deploymentId: "east",
        group: "gpt-4",
        provider: "test",
        model: "gpt-4o",
        startedAt: at,
        durationMs,
        usage,
        outcome: "success",
      },
    ],
    retries: 0,
    fallbacks: 0,
    cache: "miss",
    cacheKey: undefined,
    rejections: [],
    usage,
    costUsd: 0.01,
    droppedParams: ["seed"],
  };
  /** Of a call that reached no deployment. */
  const bareTrail: Trail = {
    ...trail,
    callId: "another",
    deploymentId: undefined,
    attempts: [],
    cache: "off",
    usage: undefined,
    costUsd: undefined,
    droppedParams: [],
  };
  const payload: CallPayload = {
    request: { model: "gpt-4", messages: [{ role: "user", content: "Hello" }] },
    answer: { choices: [{ message: { role: "assistant", content: "Hi" }, finish_reason: "stop" }], usage },
  };
  const about = { metadata: { team: "search" }, tags: ["paid"] };
  const nothing = { metadata: {}, tags: [] };
  const attempt = { candidate, at, durationMs };
  const reported = { type: "limits_reported", deployment, index: 0, group: "gpt-4", attempt: 1 } as const;
  return {
    request_started: [
      { ...call, type: "request_started", request: payload.request, ...about },
      { ...bare, type: "request_started", request: {}, ...nothing },
    ],
    cache_hit: [{ ...call, type: "cache_hit", group: "gpt-4" }],
    cache_miss: [{ ...call, type: "cache_miss", group: "gpt-4" }],
    attempt_started: [started(attempt) as never],
    attempt_first_token: [firstToken({ candidate, at, firstTokenMs: 50 }) as never],
    limits_reported: [
      { ...reported, ...call, remainingRequests: 9, remainingTokens: 5_000 },
      { ...reported, ...bare, remainingRequests: undefined, remainingTokens: undefined },
    ],
    attempt_succeeded: [succeeded({ ...attempt, usage }) as never, succeeded({ ...attempt, stream: true }) as never],
    attempt_failed: [failed(attempt) as never, failed({ ...attempt, kind: "timeout" }) as never],
    attempt_aborted: [aborted(attempt) as never],
    session_routed: [
      {
        ...call,
        type: "session_routed",
        group: "gpt-4",
        deployment,
        key: "session",
        source: "prompt_cache_key",
        session: "0123456789ab",
        choice: "kept",
        wantedTokens: 2_000,
        cachedTokens: 1_900,
        savedUsd: 0.001,
      },
      {
        ...bare,
        type: "session_routed",
        group: "gpt-4",
        deployment,
        key: "prompt",
        source: "prompt",
        session: "0123456789ab",
        choice: "moved",
        reason: "limit",
        wantedTokens: 2_000,
      },
    ],
    retry_refused: [{ ...call, type: "retry_refused", group: "gpt-4", deployment, error }],
    fallback: [
      { ...call, type: "fallback", fromGroup: "gpt-4", toGroup: "spare", error, succeeded: true },
      { ...bare, type: "fallback", fromGroup: "gpt-4", toGroup: "spare", error, succeeded: false },
    ],
    request_succeeded: [
      { ...call, type: "request_succeeded", durationMs, trail, payload, ...about },
      { ...bare, type: "request_succeeded", durationMs: 0, trail: bareTrail, payload: undefined, ...nothing },
    ],
    request_failed: [
      { ...call, type: "request_failed", durationMs, trail, error, payload, ...about },
      { ...bare, type: "request_failed", durationMs: 0, trail: bareTrail, error, payload: undefined, ...nothing },
    ],
    deployment_cooldown: [
      { at, type: "deployment_cooldown", deployment, until: at + 5_000, reason: "rate_limit", times: 1 },
      { at, type: "deployment_cooldown", deployment, until: at + 5_000, reason: "shared", times: 2 },
    ],
    deployment_probing: [{ at, type: "deployment_probing", deployment }],
    deployment_recovered: [{ at, type: "deployment_recovered", deployment }],
    limit_reached: [{ at, type: "limit_reached", deployment, limit: "rpm", retryAfterMs: 1_000 }],
    limit_waited: [
      { ...call, type: "limit_waited", group: "gpt-4", waitedMs: 800, admitted: true },
      { ...bare, type: "limit_waited", group: "gpt-4", waitedMs: 2_000, admitted: false },
    ],
    shared_state_lost: [{ at, type: "shared_state_lost", state: "redis" }],
    shared_state_restored: [{ at, type: "shared_state_restored", state: "redis" }],
    strategy_failed: [{ at, type: "strategy_failed", strategy: "own", group: "gpt-4", cause: new Error("scripted") }],
    callback_failed: [{ at, type: "callback_failed", callback: "another", cause: "scripted" }],
    configuration_changed: [
      { at, type: "configuration_changed", added: ["east"], removed: [], kept: ["west"] },
      { at, type: "configuration_changed", added: [], removed: [], kept: [] },
    ],
  };
}
