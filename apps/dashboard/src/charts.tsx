import type { JSX } from "preact";
import type { SeenFigures } from "./data.js";
import { count, plural } from "./format.js";

export interface SparklineProps {
  /** For people who cannot see it. */
  readonly label: string;
  readonly values: readonly (number | null)[];
  readonly kind: "area" | "errors";
}

const height = 20;

/** A small series: bars for errors, else a line through what was measured, above an area. */
export function Sparkline({ label, values, kind }: SparklineProps): JSX.Element {
  const most = Math.max(1, ...values.map((value) => value ?? 0));
  const y = (value: number): string => (height - 1 - ((height - 3) * value) / most).toFixed(1);
  const width = values.length * 2;
  const first = values.findIndex((value) => value !== null);
  const points = values.flatMap((value, index) => (value === null ? [] : [`${String(index * 2 + 1)} ${y(value)}`]));
  // A line needs two points to be seen.
  const line = points.length === 0 ? "" : `M${points.join("L")}${points.length === 1 ? "h1" : ""}`;
  return (
    <svg
      class={`spark ${kind}`}
      viewBox={`0 0 ${String(width)} ${String(height)}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      {kind === "errors" ? (
        <path class="line" d={values.map((value, index) => bar(value, index, y)).join("")} />
      ) : (
        <>
          <path class="fill" d={line === "" ? "" : `${line}V${String(height)}H${String(first * 2 + 1)}Z`} />
          <path class="line" d={line} />
        </>
      )}
    </svg>
  );
}

function bar(value: number | null, index: number, y: (value: number) => string): string {
  return value === null || value === 0 ? "" : `M${String(index * 2 + 1)} ${String(height)}V${y(value)}`;
}

export interface TrafficProps {
  readonly label: string;
  readonly series: SeenFigures["series"];
}

/** Bars of what succeeded, with what failed on top, and an axis. */
export function Traffic({ label, series }: TrafficProps): JSX.Element {
  const { attempts, failures, spanMs } = series;
  const most = nice(Math.max(...attempts));
  const seconds = String(spanMs / 1_000);
  return (
    <figure class="traffic" aria-label={label}>
      <div class="plot">
        <span class="most">{count(most)}</span>
        <svg viewBox={`0 0 ${String(attempts.length)} 100`} preserveAspectRatio="none" role="img" aria-label={label}>
          {attempts.map((all, index) => {
            const failed = failures[index] ?? 0;
            const top = (100 * all) / most;
            const red = (100 * failed) / most;
            const ago = (attempts.length - 1 - index) * spanMs;
            return (
              <g key={index}>
                <title>{`${plural(all, "request")}, ${String(failed)} failed, in ${seconds} s, ${minutes(ago)}`}</title>
                <rect class="hover" x={index} y="0" width="1" height="100" />
                <rect class="served" x={index + 0.12} y={100 - top + red} width="0.76" height={top - red} />
                <rect class="failed" x={index + 0.12} y={100 - top} width="0.76" height={red} />
              </g>
            );
          })}
        </svg>
      </div>
      <figcaption>
        <span>{minutes(attempts.length * spanMs)}</span>
        <span>
          <i class="served" /> served <i class="failed" /> failed, per {seconds} s
        </span>
        <span>now</span>
      </figcaption>
    </figure>
  );
}

function minutes(ms: number): string {
  return ms < 60_000 ? `${String(ms / 1_000)} s ago` : `${String(Math.round(ms / 60_000))} min ago`;
}

/** The end of an axis: the next 1, 2 or 5 with zeros. */
function nice(value: number): number {
  const unit = 10 ** Math.floor(Math.log10(Math.max(1, value)));
  return [1, 2, 5, 10].map((step) => step * unit).find((step) => step >= value) ?? value;
}
