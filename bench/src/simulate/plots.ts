import type { ScenarioResult } from "@modelyard/simulator";
import { BarChart, type BarSeriesOption } from "echarts/charts";
import {
  GridComponent,
  type GridComponentOption,
  LegendComponent,
  type LegendComponentOption,
} from "echarts/components";
import { type ComposeOption, init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import type { Compared } from "./tables.js";

use([BarChart, GridComponent, LegendComponent, SVGRenderer]);

/** What happens in the scenarios that the plots show, in the words of a reader who has not read the list of them. */
const situations: Readonly<Record<string, string>> = {
  S1: "four equal\ndeployments",
  S2: "two slower\nones",
  S3: "one becomes\nten times slower",
  S5b: "one stops\nanswering",
  S7: "long\nprompts",
  S8: "some requests\ntake long",
  S9: "eight\nprocesses",
};

/** Okabe and Ito's colors, which people with any color vision can tell apart. */
const palette = ["#999999", "#56b4e9", "#e69f00", "#0072b2", "#009e73", "#cc79a7"];
/** Readable on white and on black. */
const text = { color: "#808691" };
const rule = { lineStyle: { color: "#80869155" } };

interface Plot {
  readonly file: string;
  readonly axis: string;
  readonly of: (result: ScenarioResult) => number;
  readonly isRatio: boolean;
}

const plots: readonly Plot[] = [
  {
    file: "strategies-first-token.svg",
    axis: "99th percentile, relative to a router that knows everything",
    of: ({ regret }) => regret.firstTokenP99,
    isRatio: true,
  },
  {
    file: "strategies-goodput.svg",
    axis: "percent of requests",
    of: ({ result }) => result.goodput * 100,
    isRatio: false,
  },
];

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function drawn(compared: ReadonlyMap<string, Compared>, plot: Plot): string {
  const names = Object.keys(situations).filter((name) => compared.has(name));
  const strategies = Object.keys(compared.get(names[0] ?? "") ?? {});
  const chart = init(null, null, { renderer: "svg", ssr: true, width: 900, height: 380 });
  chart.setOption({
    animation: false,
    textStyle: text,
    color: palette,
    legend: { type: "plain", top: 0, left: 56, icon: "roundRect", textStyle: text, selectedMode: false },
    grid: { top: 40, left: 64, right: 16, bottom: 56 },
    xAxis: {
      type: "category",
      data: names.map((name) => situations[name] ?? name),
      axisLine: rule,
      axisTick: { show: false },
      axisLabel: { ...text, interval: 0 },
    },
    yAxis: {
      type: plot.isRatio ? "log" : "value",
      // All ratios are about 1 or more; the axis begins a little below it, so that bars of 1 are seen.
      ...(plot.isRatio ? { min: 0.9, max: 50 } : { max: 100 }),
      name: plot.axis,
      nameLocation: "middle",
      nameGap: 40,
      splitLine: rule,
      axisLabel: text,
    },
    series: strategies.map((strategy) => ({
      type: "bar",
      name: strategy,
      silent: true,
      emphasis: { disabled: true },
      data: names.map((name) => Number(mean((compared.get(name)?.[strategy] ?? []).map(plot.of)).toFixed(2))),
    })),
  } satisfies ComposeOption<BarSeriesOption | GridComponentOption | LegendComponentOption>);
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

/** The plots of the page on choosing a strategy, as SVG by the name of the file. */
export function plotsOf(compared: ReadonlyMap<string, Compared>): ReadonlyMap<string, string> {
  return new Map(plots.map((plot) => [plot.file, drawn(compared, plot)]));
}
