/** What one worker says of itself in Prometheus' text format. */
export interface WorkerMetrics {
  readonly worker: number;
  readonly text: string;
}

const series = /^(?<name>[A-Za-z_:][\w:]*)(?:\{(?<labels>.*)\})?(?<rest> .+)$/u;

interface Family {
  readonly comments: string[];
  readonly lines: string[];
}

/**
 * The metrics of all workers as one text: every series with the label `worker`, so that none hides another and sums
 * are made where they are wanted. Source: Prometheus, "Exposition formats": lines of one family stand together.
 */
export function mergeMetrics(all: readonly WorkerMetrics[]): string {
  const families = new Map<string, Family>();
  for (const { worker, text } of all) {
    let current: Family = { comments: [], lines: [] };
    for (const line of text.split("\n")) {
      const described = /^# (?:HELP|TYPE) (?<name>\S+)/u.exec(line)?.groups?.["name"];
      if (described !== undefined) {
        current = families.get(described) ?? { comments: [], lines: [] };
        families.set(described, current);
        if (!current.comments.includes(line)) current.comments.push(line);
        continue;
      }
      const found = series.exec(line)?.groups;
      if (found === undefined) continue;
      const labels = found["labels"] ?? "";
      const label = `worker="${String(worker)}"`;
      current.lines.push(
        `${found["name"] ?? ""}{${labels === "" ? label : `${labels},${label}`}}${found["rest"] ?? ""}`,
      );
    }
  }
  const parts = [...families.values()].map(({ comments, lines }) => [...comments, ...lines].join("\n"));
  return `${parts.join("\n\n")}\n`;
}
