import { Component, type JSX } from "preact";
import type { SeenDeployment } from "./data.js";
import { Sparkline } from "./charts.js";
import { count, duration, money, percent } from "./format.js";
import { Health } from "./health.js";
import { linkTo } from "./route.js";
import { latencyOf } from "./series.js";

export interface DeploymentRowProps {
  readonly deployment: SeenDeployment;
  /** The part of the group's attempts that it should get, between 0 and 1. */
  readonly wanted: number | undefined;
  /** The part that it got in the last five minutes, in percent; not set: none. */
  readonly share: number | undefined;
}

export const columns = [
  "Deployment",
  "Health",
  "Share / wanted",
  "In flight",
  "rpm",
  "tpm",
  "Latency",
  "Errors",
  "Quota left",
  "Cached",
  "Cost",
] as const;

/** One deployment. It is only drawn again when something about it has changed. */
export class DeploymentRow extends Component<DeploymentRowProps> {
  override shouldComponentUpdate(next: DeploymentRowProps): boolean {
    const { deployment, wanted, share } = this.props;
    return next.deployment !== deployment || next.wanted !== wanted || next.share !== share;
  }

  override render(): JSX.Element {
    const { deployment, wanted, share } = this.props;
    const { id, provider, model, health, inFlight, used, limits, figures } = deployment;
    return (
      <tr class={health}>
        <th scope="row">
          <a href={linkTo("deployments", id)}>{id}</a>
          <small>
            {provider}/{model}
          </small>
        </th>
        <Cell column="Health">
          <Health deployment={deployment} />
        </Cell>
        <Cell column="Share / wanted">
          <Share share={share} wanted={wanted} />
        </Cell>
        <Cell column="In flight">
          <Usage used={inFlight} limit={limits.maxParallelRequests} />
        </Cell>
        <Cell column="rpm">
          <Usage used={used.requests} limit={limits.rpm} />
        </Cell>
        <Cell column="tpm">
          <Usage used={used.tokens} limit={limits.tpm} />
        </Cell>
        <Cell column="Latency">
          <LatencyOf deployment={deployment} />
        </Cell>
        <Cell column="Errors">
          {percent(figures?.failures ?? 0, figures?.attempts ?? 0)}
          {figures !== undefined && figures.failures > 0 && (
            <Sparkline kind="errors" label={`Errors of ${id}`} values={figures.series.failures} />
          )}
        </Cell>
        <Cell column="Quota left">{quota(deployment)}</Cell>
        <Cell column="Cached">{percent(figures?.cachedTokens ?? 0, figures?.inputTokens ?? 0)}</Cell>
        <Cell column="Cost">{money(figures?.costUsd ?? 0)}</Cell>
      </tr>
    );
  }
}

interface CellProps {
  readonly column: (typeof columns)[number];
  readonly children: preact.ComponentChildren;
}

/** On narrow screens, where the head of the table is not shown, each cell has its own label. */
function Cell({ column, children }: CellProps): JSX.Element {
  return (
    <td data-label={column}>
      <div>{children}</div>
    </td>
  );
}

type ShareProps = Pick<DeploymentRowProps, "share" | "wanted">;

function Share({ share, wanted }: ShareProps): JSX.Element {
  return (
    <>
      {share === undefined ? "–" : `${String(share)}%`}
      {wanted !== undefined && <small> / {percent(wanted, 1)}</small>}
      <svg class="meter" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
        <rect class="track" width="100" height="4" />
        <rect class="used" width={share ?? 0} height="4" />
        {wanted !== undefined && <rect class="wanted" x={Math.min(98.5, 100 * wanted)} width="1.5" height="4" />}
      </svg>
    </>
  );
}

function Usage({ used, limit }: { readonly used: number; readonly limit: number | undefined }): JSX.Element {
  if (limit === undefined) return <>{count(used)}</>;
  const part = limit === 0 ? 1 : Math.min(1, used / limit);
  return (
    <>
      {count(used)}
      <small> / {count(limit)}</small>
      <svg class="meter" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
        <rect class="track" width="100" height="4" />
        <rect class={part > 0.9 ? "used full" : "used"} width={100 * part} height="4" />
      </svg>
    </>
  );
}

function LatencyOf({ deployment: { id, figures } }: { readonly deployment: SeenDeployment }): JSX.Element {
  const latency = figures === undefined ? undefined : latencyOf(figures.series);
  if (latency?.ms === undefined) return <>–</>;
  return (
    <>
      {duration(latency.ms)}
      <small> {latency.name === "time to answer" ? "in all" : "TTFT"}</small>
      <Sparkline kind="area" label={`${latency.name} of ${id}`} values={latency.values} />
    </>
  );
}

export function quota({ figures }: SeenDeployment): string {
  const parts = [
    figures?.remainingRequests === undefined ? [] : [`${count(figures.remainingRequests)} req`],
    figures?.remainingTokens === undefined ? [] : [`${count(figures.remainingTokens)} tok`],
  ].flat();
  return parts.length === 0 ? "–" : parts.join(", ");
}
