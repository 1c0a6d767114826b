import { defineConfig, type Options } from "tsup";

/**
 * How every package is built: ESM and CommonJS, types for both. Without source maps, which would more than double what users
 * install, and the code is readable as it is.
 */
export function library(entry: string[] = ["src/index.ts"], more: Options = {}): Options {
  return defineConfig({
    entry,
    format: ["esm", "cjs"],
    target: "node20",
    dts: true,
    clean: true,
    treeshake: true,
    ...more,
  }) as Options;
}
