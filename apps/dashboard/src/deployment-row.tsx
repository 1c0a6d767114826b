import { Component, type JSX } from "preact";
import type { SeenDeployment } from "./data.js";
import { count, duration, money, percent } from "./format.js";
import { obtained } from "./shares.js";
import { Sparkline } from "./sparkline.js";
import { useNow } from "./use-now.js";

export interface DeploymentRowProps {
  readonly deployment: SeenDeployment;
  readonly wanted: number | undefined;
  /** The attempts of the whole group in the last five minutes. */
  readonly total: number;
}

/** One deployment. It is only drawn again when something about it has changed. */
export class DeploymentRow extends Component<DeploymentRowProps> {
  override shouldComponentUpdate(next: DeploymentRowProps): boolean {
    const { deployment, wanted, total } = this.props;
    return next.deployment !== deployment || next.wanted !== wanted || next.total !== total;
  }

  override render(): JSX.Element {
    const { deployment, wanted, total } = this.props;
    const { id, provider, model, health, inFlight, used, limits, figures } = deployment;
    const firstTokens = figures?.series.firstTokenMs ?? [];
    const latest = firstTokens.findLast((value) => value !== null);
    return (
      <tr class={health}>
        <th scope="row">
          {id}
          <small>
            {provider}/{model}
          </small>
        </th>
        <td>
          <Health deployment={deployment} />
        </td>
        <td class="number">
          {percent(obtained(figures), total)}
          {wanted !== undefined && <small> ({percent(wanted, 1)})</small>}
        </td>
        <td class="number">{inFlight}</td>
        <td class="number">{usage(used.requests, limits.rpm)}</td>
        <td class="number">{usage(used.tokens, limits.tpm)}</td>
        <td class="number">
          {latest == null ? "–" : duration(latest)}
          {latest != null && <Sparkline kind="time" label={`Time to first token of ${id}`} values={firstTokens} />}
        </td>
        <td class="number">
          {percent(figures?.failures ?? 0, figures?.attempts ?? 0)}
          {figures !== undefined && figures.failures > 0 && (
            <Sparkline kind="errors" label={`Errors of ${id}`} values={figures.series.failures} />
          )}
        </td>
        <td class="number">{quota(deployment)}</td>
        <td class="number">{percent(figures?.cachedTokens ?? 0, figures?.inputTokens ?? 0)}</td>
        <td class="number">{money(figures?.costUsd ?? 0)}</td>
      </tr>
    );
  }
}

function Health({ deployment }: { readonly deployment: SeenDeployment }): JSX.Element {
  const { health, reason, until } = deployment;
  return (
    <>
      <span class="dot" aria-hidden="true" />
      {health}
      {reason !== undefined && health !== "healthy" && <small> {reason}</small>}
      {until !== undefined && <Countdown until={until} />}
    </>
  );
}

function Countdown({ until }: { readonly until: number }): JSX.Element {
  const seconds = Math.max(0, Math.ceil((until - useNow()) / 1_000));
  return <span class="countdown"> {seconds} s</span>;
}

function usage(used: number, limit: number | undefined): JSX.Element {
  return (
    <>
      {count(used)}
      {limit !== undefined && <small> / {count(limit)}</small>}
    </>
  );
}

function quota({ figures }: SeenDeployment): string {
  const parts = [
    figures?.remainingRequests === undefined ? [] : [`${count(figures.remainingRequests)} requests`],
    figures?.remainingTokens === undefined ? [] : [`${count(figures.remainingTokens)} tokens`],
  ].flat();
  return parts.length === 0 ? "–" : parts.join(", ");
}
