import { padded, widthOf, wrapped } from "../terminal/columns.js";
import { counted } from "../terminal/issue-lines.js";
import { type Paint, printable } from "../terminal/paint.js";
import type { Explained, ExplainedDeployment, ExplainResult } from "./explain.js";
import { deploymentRows, groupRows } from "./explain-rows.js";
import { nameCoveredBy } from "./name-covered-by.js";
import type { Origin } from "./origins.js";
import type { Row } from "./setting-rows.js";

/** The width that fits in most terminals, for lists and for the column of origins, in characters. */
const lineWidth = 110;
const longestLeft = 84;

/** A line with the place that it comes from, which is shown in a column of its own. */
interface PlacedLine {
  readonly text: string;
  readonly origin?: string;
}

/** A place in words: `file:line`, or where else a value comes from. */
export function place(origin: Row["origin"] | undefined): string {
  // What the provider decides says itself why.
  if (origin === undefined || origin === "provider") return "";
  return typeof origin === "string" ? origin : `${origin.file}:${String(origin.line)}`;
}

function isSet({ origin }: Row): boolean {
  return origin !== "default" && origin !== "unknown";
}

/** Whether a deployment has a value because the settings of its group or of the router say so. */
function isInherited({ origin }: Row): boolean {
  return typeof origin === "object" && /^(?:router|litellm)_settings\b/u.test(origin.path);
}

interface Layout {
  readonly indent: string;
  readonly labelWidth: number;
  readonly paint: Paint;
}

/** A list of values on as few lines as possible. */
function paragraph(title: string, items: readonly string[], { indent, paint }: Layout): readonly PlacedLine[] {
  if (items.length === 0) return [];
  return wrapped(`${indent}${title}: `, items.map(printable), lineWidth).map((text) => ({ text: paint("dim", text) }));
}

function valueLines(rows: readonly Row[], { indent, labelWidth, paint }: Layout): readonly PlacedLine[] {
  return rows.map(({ label, value, origin }) => ({
    text: `${indent}${paint("cyan", padded(printable(label), labelWidth - indent.length))}  ${printable(value)}`,
    origin: place(origin),
  }));
}

const inOneLine = ({ label, value }: Row): string => `${label} ${value}`;

/** The values that something sets, one per line, and those that nothing sets, together in one paragraph. */
function settingLines(rows: readonly Row[], layout: Layout): readonly PlacedLine[] {
  const from = (origin: Origin): readonly Row[] => rows.filter((row) => row.origin === origin);
  return [
    ...valueLines(rows.filter(isSet), layout),
    ...paragraph("defaults", from("default").map(inOneLine), layout),
    ...paragraph(
      "not known",
      from("unknown").map(({ label }) => label),
      layout,
    ),
  ];
}

function headline({ name, group, origins, deployments }: Explained, paint: Paint): PlacedLine {
  // Without a name, a pattern is explained by a name that it covers.
  const isPattern = group?.includes("*") === true && name === nameCoveredBy(group);
  const what =
    name === group || isPattern
      ? `a model group with ${counted(deployments.length, "deployment")}`
      : `served by the group "${printable(group ?? "")}"`;
  return { text: `${paint("bold", printable(isPattern ? group : name))}  ${what}`, origin: place(origins["name"]) };
}

function deploymentHeadline(deployment: ExplainedDeployment, paint: Paint): PlacedLine {
  const { provider, model, host, origins } = deployment;
  const at = host === undefined ? "" : ` at ${printable(host)}`;
  return {
    text: `  ${paint("bold", printable(`${provider}/${model}`))}${at}`,
    origin: place(origins["model"]),
  };
}

interface ExplainedRows {
  readonly explained: Explained;
  readonly rows: readonly Row[];
  readonly deployments: readonly { readonly deployment: ExplainedDeployment; readonly rows: readonly Row[] }[];
}

function modelLines({ explained, rows, deployments }: ExplainedRows, layout: Layout): readonly PlacedLine[] {
  const { paint } = layout;
  if (!explained.found)
    return [{ text: [`No deployment serves "${printable(explained.name)}".`, explained.hint].join(" ").trimEnd() }];
  const inner = { ...layout, indent: "    " };
  const ofGroup = new Set(groupRows(explained).map(textOf));
  const isOwn = (row: Row): boolean => !isInherited(row) && !(row.origin === "default" && ofGroup.has(textOf(row)));
  return [
    headline(explained, paint),
    ...settingLines(rows, layout),
    ...deployments.flatMap(({ deployment, rows: own }) => [
      { text: "" },
      deploymentHeadline(deployment, paint),
      ...(deployment.rejection === undefined
        ? []
        : [{ text: paint("yellow", `    would not serve a plain request: ${printable(deployment.rejection)}`) }]),
      ...settingLines(own.filter(isOwn), inner),
      ...paragraph("inherited", own.filter(isInherited).map(inOneLine), inner),
    ]),
  ];
}

function textOf({ label, value, origin }: Row): string {
  return JSON.stringify([label, value, origin]);
}

/** The rows that all groups have in common. */
function commonRows([first, ...others]: readonly ExplainedRows[]): readonly Row[] {
  if (first === undefined || others.length === 0) return [];
  const inOthers = others.map(({ rows }) => new Set(rows.map(textOf)));
  return first.rows.filter((row) => inOthers.every((rows) => rows.has(textOf(row))));
}

function withOrigins(lines: readonly PlacedLine[], paint: Paint): readonly string[] {
  const widest = lines
    .filter(({ origin = "" }) => origin !== "")
    .map(({ text }) => widthOf(text))
    .filter((width) => width <= longestLeft);
  const column = Math.max(0, ...widest);
  return lines.map(({ text, origin = "" }) =>
    origin === "" ? text : `${padded(text, column)}  ${paint("dim", printable(origin))}`,
  );
}

/** Formats explanations for people. What all groups have in common comes first. */
export function explainReport({ models, modules }: ExplainResult, paint: Paint): string {
  const all = models.map((explained) => ({
    explained,
    rows: explained.found ? groupRows(explained) : [],
    deployments: explained.deployments.map((deployment) => ({ deployment, rows: deploymentRows(deployment) })),
  }));
  const common = commonRows(all.filter(({ explained }) => explained.found));
  const inCommon = new Set(common.map(textOf));
  const labels = (rows: readonly Row[], indent: number): readonly number[] =>
    rows.filter(isSet).map(({ label }) => label.length + indent);
  const moduleRows = modules.map(({ part, module, origin }) => ({ label: part, value: module, origin }));
  const labelWidth = Math.max(
    0,
    ...labels(moduleRows, 2),
    ...all.flatMap(({ rows, deployments }) => [
      ...labels(rows, 2),
      ...deployments.flatMap(({ rows: own }) =>
        labels(
          own.filter((row) => !isInherited(row)),
          4,
        ),
      ),
    ]),
  );
  const layout = { indent: "  ", labelWidth, paint };
  const sections = [
    ...(common.length === 0 ? [] : [[{ text: paint("bold", "All model groups") }, ...settingLines(common, layout)]]),
    ...all.map((one) => modelLines({ ...one, rows: one.rows.filter((row) => !inCommon.has(textOf(row))) }, layout)),
    ...(moduleRows.length === 0 ? [] : [[{ text: paint("bold", "Modules") }, ...valueLines(moduleRows, layout)]]),
  ];
  const lines = withOrigins(
    sections.flatMap((section, index) => (index === 0 ? section : [{ text: "" }, ...section])),
    paint,
  );
  return `${lines.join("\n")}\n`;
}
