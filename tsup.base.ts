import { rmSync } from "node:fs";
import { defineConfig, type Options } from "tsup";

/**
 * How every package is built: ESM and CommonJS, types for both. Without source maps, which would more than double what users
 * install, and the ES modules are readable as they are (except those of `wires`). The CommonJS files are the same code without whitespace and comments,
 * a quarter of their size.
 */
export function library(entry: string[] = ["src/index.ts"], more: Options = {}): Options {
  // `clean` leaves types that an earlier build wrote under other names. They would be packed, too.
  if (more.clean !== false) rmSync("dist", { recursive: true, force: true });
  return defineConfig({
    entry,
    format: ["esm", "cjs"],
    target: "node20",
    dts: true,
    clean: true,
    treeshake: true,
    ...more,
    esbuildOptions(options, context) {
      more.esbuildOptions?.(options, context);
      if (context.format !== "cjs") return;
      options.minifyWhitespace = true;
      // Keeps the positions in stack traces useful.
      options.lineLimit = 160;
    },
  }) as Options;
}
