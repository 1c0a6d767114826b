import type { JSX } from "preact";
import { Sparkline, Traffic } from "./charts.js";
import type { SeenDeployment } from "./data.js";
import { quota } from "./deployment-row.js";
import { EventList } from "./events-tab.js";
import { count, duration, money, percent } from "./format.js";
import { Health } from "./health.js";
import { RequestList } from "./requests-tab.js";
import { linkTo } from "./route.js";
import { latencyOf } from "./series.js";
import type { TabProps } from "./tab-props.js";

/** One deployment: its figures, and the requests and events that it took part in. */
export function DeploymentView({ snapshot, route }: TabProps): JSX.Element {
  const id = route.item;
  const found = snapshot.groups
    .flatMap((group) => group.deployments.map((deployment) => ({ group, deployment })))
    .find(({ deployment }) => deployment.id === id);
  if (found === undefined)
    return (
      <>
        <Back />
        <p class="empty">No deployment has the id {id}. It may have been removed from the file.</p>
      </>
    );
  const { group, deployment } = found;
  const requests = snapshot.requests.filter(
    ({ attempts, rejections }) =>
      attempts.some(({ deploymentId }) => deploymentId === id) ||
      rejections.some(({ deploymentId }) => deploymentId === id),
  );
  const events = snapshot.events.filter(({ deploymentId }) => deploymentId === id);
  const { series } = deployment.figures ?? {};
  return (
    <>
      <Back />
      <div class="title">
        <h2>{id}</h2>
        <span class="tag">
          {deployment.provider}/{deployment.model}
        </span>
        <Health deployment={deployment} />
        <small>
          in <a href={linkTo("configuration", group.name)}>{group.name}</a>
        </small>
      </div>
      {series !== undefined && <Traffic label={`Attempts at ${id} in the last five minutes`} series={series} />}
      <Facts deployment={deployment} />
      <h3>Its last requests</h3>
      {requests.length === 0 ? (
        <p class="empty">None of the requests that are kept came here.</p>
      ) : (
        <RequestList requests={requests} open="" fields={{}} />
      )}
      <h3>Its events</h3>
      {events.length === 0 ? <p class="empty">No cooldowns.</p> : <EventList events={events} />}
    </>
  );
}

function Back(): JSX.Element {
  return (
    <p>
      <a href={linkTo("deployments")}>← All deployments</a>
    </p>
  );
}

function Facts({ deployment }: { readonly deployment: SeenDeployment }): JSX.Element {
  const { figures, used, limits, inFlight, order, weight, failures } = deployment;
  const limited = (value: number, limit: number | undefined): string =>
    limit === undefined ? count(value) : `${count(value)} of ${count(limit)}`;
  const latency = figures === undefined ? undefined : latencyOf(figures.series);
  const facts: readonly (readonly [string, string])[] = [
    ["Requests this minute", limited(used.requests, limits.rpm)],
    ["Tokens this minute", limited(used.tokens, limits.tpm)],
    ["In flight", limited(inFlight, limits.maxParallelRequests)],
    ["Failures that count", String(failures)],
    ["Attempts", count(figures?.attempts ?? 0)],
    ["Failed", percent(figures?.failures ?? 0, figures?.attempts ?? 0)],
    ["Tokens in", count(figures?.inputTokens ?? 0)],
    ["Of them cached", percent(figures?.cachedTokens ?? 0, figures?.inputTokens ?? 0)],
    ["Tokens out", count(figures?.outputTokens ?? 0)],
    ["Cost", money(figures?.costUsd ?? 0)],
    ["Quota left", quota(deployment)],
    ["Order", order === undefined ? "–" : String(order)],
    ["Weight", weight === undefined ? "–" : String(weight)],
  ];
  return (
    <dl class="facts">
      {latency?.ms !== undefined && (
        <div>
          <dt>{latency.name === "time to answer" ? "Time to answer" : "Time to first token"}</dt>
          <dd>
            {duration(latency.ms)}
            <Sparkline kind="area" label={latency.name} values={latency.values} />
          </dd>
        </div>
      )}
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
