import type { JSX } from "preact";
import type { SeenAttempt, SeenRequest } from "./data.js";
import { count, duration } from "./format.js";
import { linkTo } from "./route.js";

/** How an answer came about. */
export function RequestView({ request }: { readonly request: SeenRequest }): JSX.Element {
  const { callId, operation, stream, group, requestedModel, attempts, rejections, dropped, cache } = request;
  const { inputTokens, cachedTokens, outputTokens, moreAttempts, moreRejections } = request;
  const begin = request.at - request.durationMs;
  return (
    <div class="details">
      <p class="facts-line">
        <code>{callId}</code>
        <span>
          {operation}
          {stream && ", streamed"}
        </span>
        {group !== requestedModel && group !== "" && <span>served by the group {group}</span>}
        {cache !== "off" && <span>cache: {cache}</span>}
        {inputTokens !== undefined && (
          <span>
            {count(inputTokens)} tokens in
            {cachedTokens !== undefined && cachedTokens > 0 && ` (${count(cachedTokens)} cached)`},{" "}
            {count(outputTokens ?? 0)} out
          </span>
        )}
      </p>
      {attempts.length === 0 ? (
        <p>No deployment was called.</p>
      ) : (
        <>
          <h2 class="sub">Attempts</h2>
          <ol class="waterfall">
            {attempts.map((attempt, index) => (
              <Attempt key={index} attempt={attempt} begin={begin} totalMs={request.durationMs} />
            ))}
          </ol>
        </>
      )}
      {moreAttempts > 0 && <p>{moreAttempts} more attempts are not listed.</p>}
      {rejections.length > 0 && (
        <>
          <h2 class="sub">Passed over</h2>
          <ul class="plain">
            {rejections.map(({ deploymentId, reason }, index) => (
              <li key={index}>
                <a href={linkTo("deployments", deploymentId)}>{deploymentId}</a> {reason}
              </li>
            ))}
          </ul>
          {moreRejections > 0 && <p>And {moreRejections} more.</p>}
        </>
      )}
      {dropped.length > 0 && (
        <>
          <h2 class="sub">Dropped</h2>
          <p>
            {dropped.map((field) => (
              <code key={field}>{field}</code>
            ))}
          </p>
        </>
      )}
    </div>
  );
}

interface AttemptProps {
  readonly attempt: SeenAttempt;
  /** When the request began. */
  readonly begin: number;
  readonly totalMs: number;
}

function Attempt({ attempt, begin, totalMs }: AttemptProps): JSX.Element {
  const { deploymentId, model, group, outcome, error, status, durationMs, firstTokenMs } = attempt;
  const whole = Math.max(1, totalMs);
  const left = Math.min(99, Math.max(0, (100 * (attempt.startedAt - begin)) / whole));
  const width = Math.max(0.8, Math.min(100 - left, (100 * durationMs) / whole));
  return (
    <li class={outcome}>
      <span class="who">
        <a href={linkTo("deployments", deploymentId)}>{deploymentId}</a>
        <small>
          {model} in {group}
        </small>
      </span>
      <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
        <rect class="track" width="100" height="10" />
        <rect class="bar" x={left} width={width} height="10" />
        {firstTokenMs !== undefined && (
          <rect class="first" x={Math.min(99.5, left + (100 * firstTokenMs) / whole)} width="0.5" height="10" />
        )}
      </svg>
      <span class="what">
        {error ?? outcome}
        {status !== undefined && ` (the vendor said ${String(status)})`}
        <small>
          after {duration(durationMs)}
          {firstTokenMs !== undefined && `, first token after ${duration(firstTokenMs)}`}
        </small>
      </span>
    </li>
  );
}
