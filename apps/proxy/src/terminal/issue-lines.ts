import { type ConfigIssue, formatIssues } from "modelyard";
import { type Paint, printable } from "./paint.js";

const place = /^(?:\S+?:\d+:\d+|[^:\s]+) /u;

/** Lines such as `error    config.yaml:5:7 model_list[0]: ...`. Issues with the same message share a line. */
export function issueLines(
  level: "error" | "warning",
  issues: readonly ConfigIssue[],
  paint: Paint,
): readonly string[] {
  const mark = paint(level === "error" ? "red" : "yellow", level.padEnd(7));
  return formatIssues(issues).map((line) => {
    const text = printable(line);
    return `${mark}  ${text.replace(place, (found) => paint("cyan", found))}`;
  });
}

/** E.g. `2 errors`. */
export function counted(count: number, noun: string): string {
  return `${String(count)} ${noun}${count === 1 ? "" : "s"}`;
}
