import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { beforeAll, describe, expect, it } from "vitest";
import { ceilings } from "./ceilings.js";
import type { Figures } from "./figures.js";

const folder = join(import.meta.dirname, "../../node_modules/.cache/guard");
let figures: Readonly<Record<string, Partial<Figures>>>;

beforeAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await build({
    entryPoints: [join(import.meta.dirname, "figures.ts")],
    outfile: join(folder, "figures.mjs"),
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node22",
    conditions: ["@modelyard/source"],
    logLevel: "silent",
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  // `--jitless` would also disable WebAssembly, which undici parses HTTP with.
  const noCompilers = ["--no-sparkplug", "--no-maglev", "--no-opt"];
  const flags = [...noCompilers, "--expose-gc", "--min-semi-space-size=64", "--max-semi-space-size=64"];
  figures = JSON.parse(
    execFileSync(process.execPath, [...flags, join(folder, "figures.mjs")], { encoding: "utf8" }),
  ) as typeof figures;
}, 120_000);

/** The sizes of V8's objects depend on the version. */
const knowsBytes = process.versions.node.startsWith("24.");

describe("the cost of a request", () => {
  it.each(Object.entries(ceilings))("stays below its ceilings: %s", (name, ceiling) => {
    const figure = figures[name]!;
    const over = Object.entries(ceiling)
      .filter(([key, most]) => (knowsBytes || !/bytes$/iu.test(key)) && figure[key as keyof Figures]! > most)
      .map(([key, most]) => `${key}: ${String(figure[key as keyof Figures])}, ceiling ${String(most)}`);
    // If a change needs more for a good reason, raise the ceiling in ceilings.ts.
    expect(over).toEqual([]);
  });

  it.each(["completion, 1000 deployments", "completion, 1000 groups"])(
    "does not grow with the configuration: %s",
    (name) => {
      const few = figures["completion"]!;
      const many = figures[name]!;
      expect(many.bytes! / few.bytes!).toBeGreaterThan(0.9);
      expect(many.bytes! / few.bytes!).toBeLessThan(1.1);
      expect(many.promises).toBe(few.promises);
    },
  );
});
