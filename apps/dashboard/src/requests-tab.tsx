import type { JSX } from "preact";
import type { TabProps } from "./tab-props.js";
import type { SeenRequest } from "./data.js";
import { Filter } from "./filter.js";
import { count, duration, matches, money, time } from "./format.js";
import { linkTo } from "./route.js";

function outcome({ error, status, fallbacks, retries, cache }: SeenRequest): string {
  if (error !== undefined) return `${error} (${String(status)})`;
  if (cache === "hit" || cache === "shared") return `served, cache ${cache}`;
  if (fallbacks > 0) return "served after a fallback";
  return retries > 0 ? "served after a retry" : "served";
}

export function RequestsTab({ snapshot, route }: TabProps): JSX.Element {
  const filter = route.fields.get("filter") ?? "";
  const failed = route.fields.get("only") === "failovers";
  const shown = snapshot.requests.filter(
    (request) =>
      matches(filter, request.callId, request.requestedModel, request.group, request.deploymentId, outcome(request)) &&
      (!failed || request.error !== undefined || request.attempts.length > 1),
  );
  return (
    <>
      <Filter route={route}>
        <a href={linkTo("requests", "", { filter, only: failed ? "" : "failovers" })}>
          {failed ? "Show all" : "Only failures and failovers"}
        </a>
      </Filter>
      {shown.length === 0 && <p class="empty">No requests yet, or none matches.</p>}
      <ul class="requests">
        {shown.map((request) => (
          <Request key={request.sequence} request={request} open={route.item === request.callId} />
        ))}
      </ul>
    </>
  );
}

function Request({ request, open }: { readonly request: SeenRequest; readonly open: boolean }): JSX.Element {
  const { at, callId, requestedModel, durationMs, error, attempts, costUsd, inputTokens, outputTokens } = request;
  return (
    <li class={error === undefined ? "good" : "bad"}>
      <a class="request" href={linkTo("requests", open ? "" : callId)} aria-expanded={open} role="button">
        <span>{time(at)}</span>
        <strong>{requestedModel}</strong>
        <span>{outcome(request)}</span>
        <span>{attempts.length === 1 ? "1 attempt" : `${String(attempts.length)} attempts`}</span>
        <span>{duration(durationMs)}</span>
        <span>{costUsd === undefined ? "" : money(costUsd)}</span>
      </a>
      {open && (
        <div class="details">
          <p>
            <code>{callId}</code> · {request.operation}
            {request.stream ? ", streamed" : ""}
            {inputTokens === undefined ? "" : ` · ${count(inputTokens)} tokens in, ${count(outputTokens ?? 0)} out`}
          </p>
          <ol>
            {attempts.map((attempt, index) => (
              <li key={index} class={attempt.error === undefined ? "good" : "bad"}>
                <strong>{attempt.deploymentId}</strong> {attempt.model} in {attempt.group}:{" "}
                {attempt.error ?? attempt.outcome}
                {attempt.status === undefined ? "" : ` (the vendor said ${String(attempt.status)})`} after{" "}
                {duration(attempt.durationMs)}
              </li>
            ))}
          </ol>
          {request.moreAttempts > 0 && <p>{request.moreAttempts} more attempts are not listed.</p>}
          {request.rejections.length > 0 && (
            <>
              <h3>Passed over</h3>
              <ul>
                {request.rejections.map(({ deploymentId, reason }) => (
                  <li key={`${deploymentId} ${reason}`}>
                    <strong>{deploymentId}</strong>: {reason}
                  </li>
                ))}
              </ul>
            </>
          )}
          {request.dropped.length > 0 && <p>Dropped before sending: {request.dropped.join(", ")}</p>}
        </div>
      )}
    </li>
  );
}
