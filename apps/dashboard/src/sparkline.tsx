import type { JSX } from "preact";

export interface SparklineProps {
  readonly label: string;
  readonly values: readonly (number | null)[];
  readonly kind: "errors" | "time";
}

/** Bars for the last five minutes. */
export function Sparkline({ label, values, kind }: SparklineProps): JSX.Element {
  const most = Math.max(1, ...values.map((value) => value ?? 0));
  const bars = values
    .map((value, index) => (value === null || value === 0 ? "" : `M${String(index * 2)} 16v-${bar(value, most)}`))
    .join("");
  return (
    <svg class={`spark ${kind}`} viewBox={`-1 0 ${String(values.length * 2)} 16`} role="img" aria-label={label}>
      <path d={bars} />
    </svg>
  );
}

function bar(value: number, most: number): string {
  return Math.max(1, (15 * value) / most).toFixed(1);
}
