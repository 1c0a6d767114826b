import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

/** A Worker whose size docs/platforms.md shows. */
export interface WorkerBundle {
  readonly title: string;
  readonly file: string;
}

export interface WorkerSize {
  /** In KB. */
  readonly minified: number;
  /** In KB, compressed by gzip. */
  readonly zipped: number;
  /** Its row in the table. */
  readonly row: string;
}

export function sizeOf(title: string, bundle: string): WorkerSize {
  const code = readFileSync(bundle);
  const minified = code.length / 1_000;
  const zipped = gzipSync(code).length / 1_000;
  const row = `| ${title} | ${minified.toFixed(0)} KB | ${zipped.toFixed(0)} KB |`;
  return { minified, zipped, row };
}
