import type { Row } from "../measure.js";

const barHeight = 16;
const labelWidth = 330;
const fullWidth = 400;

interface Bar {
  readonly label: string;
  readonly share: number;
}

/** An SVG chart of the requests per second of every target, relative to the bare pass-through. */
export function chart(rows: readonly Row[]): string {
  const bars: readonly Bar[] = rows.flatMap(({ test, samples }) =>
    Object.entries(samples)
      .filter(([name]) => name !== "bare" && name !== "direct")
      .map(([name, sample]) => ({
        label: `${test.name}: ${name}`,
        share: sample.requestsPerSecond / (samples["bare"]?.requestsPerSecond ?? Number.NaN),
      })),
  );
  const drawn = bars.map(({ label, share }, index) => {
    const y = 34 + index * (barHeight + 4);
    const width = Math.max(1, share * fullWidth);
    const text = `y="${String(y + barHeight - 4)}"`;
    return (
      `<text x="8" ${text}>${label}</text>` +
      `<rect x="${String(labelWidth)}" y="${String(y)}" width="${width.toFixed(0)}" height="${String(barHeight)}" fill="#3a7bd5"/>` +
      `<text x="${(labelWidth + width + 6).toFixed(0)}" ${text}>${share.toFixed(2)}</text>`
    );
  });
  const height = 48 + bars.length * (barHeight + 4);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${String(labelWidth + fullWidth + 80)}" height="${String(height)}" font-family="sans-serif" font-size="12">` +
    `<text x="8" y="20">Requests per second, relative to a bare pass-through with node:http and undici</text>${drawn.join("")}</svg>\n`
  );
}
