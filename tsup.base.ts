import { defineConfig, type Options } from "tsup";

/** How every package is built: ESM and CommonJS, types for both. */
export function library(entry: string[] = ["src/index.ts"], more: Options = {}): Options {
  return defineConfig({
    entry,
    format: ["esm", "cjs"],
    target: "node20",
    dts: true,
    sourcemap: true,
    clean: true,
    treeshake: true,
    ...more,
  }) as Options;
}
