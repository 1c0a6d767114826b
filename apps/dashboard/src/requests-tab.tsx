import { Component, type JSX } from "preact";
import type { TabProps } from "./tab-props.js";
import type { SeenRequest } from "./data.js";
import { Filter } from "./filter.js";
import { count, duration, matches, money, plural, time } from "./format.js";
import { RequestView } from "./request-view.js";
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
      <Filter route={route} toggle={{ field: "only", value: "failovers", label: "Only failures and failovers" }} />
      {snapshot.requests.length === 0 && <Example model={snapshot.groups[0]?.name ?? "MODEL"} />}
      {snapshot.requests.length > 0 && shown.length === 0 && (
        <p class="empty">None of the last {plural(snapshot.requests.length, "request")} matches.</p>
      )}
      {shown.length > 0 && <RequestList requests={shown} open={route.item} fields={Object.fromEntries(route.fields)} />}
    </>
  );
}

function Example({ model }: { readonly model: string }): JSX.Element {
  const body = JSON.stringify({ model, messages: [{ role: "user", content: "Hello" }] });
  return (
    <div class="empty">
      <p>No requests yet. Send one, and it appears here when it ends:</p>
      <pre tabIndex={0}>
        {`curl ${location.origin}/v1/chat/completions \\\n  -H "authorization: Bearer $KEY" -H "content-type: application/json" \\\n  -d '${body}'`}
      </pre>
    </div>
  );
}

export interface RequestListProps {
  readonly requests: readonly SeenRequest[];
  /** The id of the call whose details are shown. */
  readonly open: string;
  /** What else the address of a request contains, so that a filter stays. */
  readonly fields: Readonly<Record<string, string>>;
}

export function RequestList({ requests, open, fields }: RequestListProps): JSX.Element {
  const isOpen = ({ callId }: SeenRequest): boolean => open !== "" && open === callId;
  const linkOf = (request: SeenRequest): string => linkTo("requests", isOpen(request) ? "" : request.callId, fields);
  return (
    <ul class="requests">
      {requests.map((request) => (
        <RequestItem key={request.sequence} request={request} link={linkOf(request)} open={isOpen(request)} />
      ))}
    </ul>
  );
}

interface RequestItemProps {
  readonly request: SeenRequest;
  readonly link: string;
  readonly open: boolean;
}

/** A request never changes, so it is only drawn again when it is opened or closed. */
class RequestItem extends Component<RequestItemProps> {
  override shouldComponentUpdate(next: RequestItemProps): boolean {
    return next.request !== this.props.request || next.link !== this.props.link;
  }

  override render(): JSX.Element {
    const { request, link, open } = this.props;
    const { at, requestedModel, durationMs, error, attempts, costUsd, inputTokens, outputTokens } = request;
    return (
      <li>
        <a class="request" data-row href={link} aria-expanded={open} role="button">
          <span class="when">{time(at)}</span>
          <strong>{requestedModel}</strong>
          <span class="outcome">
            <span class={error === undefined ? "pill healthy" : "pill cooling"}>{outcome(request)}</span>
          </span>
          <span class="chain">
            {attempts.map((attempt, index) => (
              <span key={index} class={attempt.outcome}>
                {attempt.deploymentId}
              </span>
            ))}
          </span>
          <span class="number">{duration(durationMs)}</span>
          <span class="number">
            {inputTokens === undefined ? "" : `${count(inputTokens + (outputTokens ?? 0))} tok`}
          </span>
          <span class="number">{costUsd === undefined ? "" : money(costUsd)}</span>
        </a>
        {open && <RequestView request={request} />}
      </li>
    );
  }
}
