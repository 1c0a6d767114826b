/** The metrics of one worker, in Prometheus' text format. */
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
 * Merges the metrics of all workers into one text. Every series gets a label `worker`, so that series of different
 * workers stay distinct and can be summed in queries. Lines of one family have to be adjacent (Prometheus, "Exposition
 * formats").
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
