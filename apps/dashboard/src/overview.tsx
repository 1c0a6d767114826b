import { Component, type JSX } from "preact";
import { Sparkline, Traffic } from "./charts.js";
import type { SeenFigures, SeenGroup } from "./data.js";
import { count, duration, money, percent, plural } from "./format.js";
import { latencyOf, perMinute, sum } from "./series.js";

export interface OverviewProps {
  readonly totals: SeenFigures;
  readonly groups: readonly SeenGroup[];
  readonly inFlight: number;
}

/** All requests of the process in a few figures. It is only drawn again when one of them has changed. */
export class Overview extends Component<OverviewProps> {
  override shouldComponentUpdate(next: OverviewProps): boolean {
    const { totals, groups, inFlight } = this.props;
    return next.totals !== totals || next.groups !== groups || next.inFlight !== inFlight;
  }

  override render(): JSX.Element {
    const { totals, groups, inFlight } = this.props;
    const { series, inputTokens, outputTokens, cachedTokens, costUsd } = totals;
    const latency = latencyOf(series);
    const failed = sum(series.failures);
    const deployments = groups.flatMap((group) => group.deployments);
    const healthy = deployments.filter(({ health }) => health === "healthy").length;
    return (
      <section class="overview" aria-label="All requests">
        <div class="tiles">
          <Tile
            label="Requests / min"
            value={count(perMinute(series))}
            more={`${plural(inFlight, "call")} in flight`}
          />
          <Tile
            label="Failed, 15 min"
            value={percent(failed, sum(series.attempts))}
            more={plural(failed, "request")}
            bad={failed > 0}
          >
            {failed > 0 && <Sparkline kind="errors" label="Failed requests" values={series.failures} />}
          </Tile>
          <Tile
            label={latency.name === "time to answer" ? "Time to answer" : "Time to first token"}
            value={latency.ms === undefined ? "–" : duration(latency.ms)}
            more="mean of 5 min"
          >
            {latency.ms !== undefined && <Sparkline kind="area" label={latency.name} values={latency.values} />}
          </Tile>
          <Tile
            label="Tokens"
            value={count(inputTokens + outputTokens)}
            more={`${percent(cachedTokens, inputTokens)} of the input cached`}
          />
          <Tile label="Cost" value={money(costUsd)} more="since the start" />
          <Tile
            label="Healthy"
            value={`${String(healthy)} / ${String(deployments.length)}`}
            more={`in ${plural(groups.length, "group")}`}
            bad={healthy < deployments.length}
          />
        </div>
        <Traffic label="Requests of the last 15 minutes" series={series} />
      </section>
    );
  }
}

interface TileProps {
  readonly label: string;
  readonly value: string;
  readonly more: string;
  readonly bad?: boolean;
  readonly children?: JSX.Element | false;
}

function Tile({ label, value, more, bad = false, children }: TileProps): JSX.Element {
  return (
    <div class={bad ? "tile bad" : "tile"}>
      <h2>{label}</h2>
      <p class="value">{value}</p>
      <p class="more">{more}</p>
      {children}
    </div>
  );
}
