import { comparisonTable, noteOn } from "./comparison-report.js";
import { plotsOf } from "./plots.js";
import type { Comparison } from "./simulate.js";

const style = `
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: 0.2rem 0.8rem; border-bottom: 1px solid #80869155; white-space: nowrap; }
th:first-child { text-align: left; }
svg { max-width: 100%; height: auto; margin: 1rem 0; }
`;

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/gu, (character) => entities[character] ?? character);
}

/** A comparison as one page of HTML with plots. It loads nothing, so it can be sent and kept. */
export function htmlReport(comparison: Comparison, title: string): string {
  const [head = [], ...rows] = comparisonTable(comparison);
  const cells = (row: readonly string[], cell: "td" | "th"): string =>
    row
      .map((text, index) =>
        index === 0 ? `<th scope="row">${escaped(text)}</th>` : `<${cell}>${escaped(text)}</${cell}>`,
      )
      .join("");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<h1>${escaped(title)}</h1>
<p>${escaped(noteOn(comparison))}</p>
<div class="wide">
<table>
<thead><tr>${cells(head, "th")}</tr></thead>
<tbody>
${rows.map((row) => `<tr>${cells(row, "td")}</tr>`).join("\n")}
</tbody>
</table>
</div>
${plotsOf(comparison).join("\n")}
</body>
</html>
`;
}
