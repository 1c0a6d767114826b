import type { SimulationResult } from "@modelyard/simulator";
import { LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, TitleComponent } from "echarts/components";
import { type ComposeOption, init, use } from "echarts/core";
import type { LineSeriesOption } from "echarts/charts";
import type { GridComponentOption, LegendComponentOption, TitleComponentOption } from "echarts/components";
import { SVGRenderer } from "echarts/renderers";
import type { Comparison, Variant } from "./simulate.js";

use([LineChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

type Option = ComposeOption<GridComponentOption | LegendComponentOption | LineSeriesOption | TitleComponentOption>;

const width = 900;
const height = 320;
/** Okabe and Ito's colors, which people with any color vision can tell apart. */
const palette = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442"] as const;
/** Readable on white and on black. */
const text = { color: "#808691" } as const;
const rule = { lineStyle: { color: "#80869155" } } as const;

/** A plot as SVG. */
function drawn(title: string, axes: Pick<Option, "xAxis" | "yAxis">, series: readonly LineSeriesOption[]): string {
  const chart = init(null, null, { renderer: "svg", ssr: true, width, height });
  chart.setOption({
    animation: false,
    textStyle: text,
    color: [...palette],
    title: { text: title, left: 56, textStyle: { ...text, fontSize: 14 } },
    legend: { type: "plain", top: 28, left: 56, icon: "roundRect", textStyle: text, selectedMode: false },
    grid: { top: 64, left: 64, right: 24, bottom: 48 },
    ...axes,
    series: [...series],
  } satisfies Option);
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

function axis(name: string, more: object = {}): object {
  return { name, nameLocation: "middle", nameGap: 32, axisLine: rule, splitLine: rule, axisLabel: text, ...more };
}

const overTime = axis("seconds since the start", { type: "value", max: "dataMax" });

function line(name: string, data: readonly (readonly [x: number, y: number])[], more: object = {}): LineSeriesOption {
  return {
    type: "line",
    name,
    showSymbol: false,
    silent: true,
    emphasis: { disabled: true },
    data: data.map(([x, y]) => [x, y]),
    ...more,
  };
}

function inSeconds(ms: number): number {
  return ms / 1_000;
}

/** The share of requests whose first token arrived within a time. */
function firstTokens(variants: readonly Variant[]): string {
  return drawn(
    "Time to the first token",
    {
      xAxis: axis("seconds (logarithmic)", { type: "log" }),
      yAxis: axis("percent of requests", { type: "value", max: 100 }),
    },
    variants.map(({ name, result }) =>
      line(
        name,
        result.firstTokenMs.percentiles.map((ms, percent) => [Math.max(0.001, inSeconds(ms)), percent] as const),
      ),
    ),
  );
}

function firstTokensOverTime(variants: readonly Variant[]): string {
  return drawn(
    "Time to the first token, 95th percentile of the requests that arrived",
    { xAxis: overTime, yAxis: axis("seconds", { type: "value" }) },
    variants.map(({ name, result }) =>
      line(
        name,
        result.timeline
          .filter(({ requests }) => requests > 0)
          .map(({ fromMs, firstTokenP95Ms }) => [inSeconds(fromMs), inSeconds(firstTokenP95Ms)] as const),
      ),
    ),
  );
}

function failuresOverTime(variants: readonly Variant[]): string {
  return drawn(
    "Failed requests",
    { xAxis: overTime, yAxis: axis("requests", { type: "value", minInterval: 1 }) },
    variants.map(({ name, result }) =>
      line(
        name,
        result.timeline.map(({ fromMs, failures }) => [inSeconds(fromMs), failures] as const),
        { step: "end" },
      ),
    ),
  );
}

/** How the calls were spread over the deployments. */
function calls({ name, result }: Variant, names: Comparison["names"]): string {
  return drawn(
    `Calls by deployment: ${name}`,
    { xAxis: overTime, yAxis: axis("calls", { type: "value", minInterval: 1 }) },
    Object.keys(result.deployments)
      .filter((id) => (result.deployments[id]?.calls ?? 0) > 0)
      .map((id) =>
        line(
          names[id] ?? id,
          result.timeline.map((step) => [inSeconds(step.fromMs), step.calls[id] ?? 0] as const),
          { stack: "calls", areaStyle: { opacity: 0.6 }, lineStyle: { width: 0 } },
        ),
      ),
  );
}

function hasFailures({ timeline }: SimulationResult): boolean {
  return timeline.some(({ failures }) => failures > 0);
}

/** The plots of a comparison, each as SVG. */
export function plotsOf({ variants, names }: Comparison): readonly string[] {
  return [
    firstTokens(variants),
    firstTokensOverTime(variants),
    ...(variants.some(({ result }) => hasFailures(result)) ? [failuresOverTime(variants)] : []),
    ...variants.map((variant) => calls(variant, names)),
  ];
}
