import { defineConfig } from "tsup";
import { notices } from "./notices.js";

/** What a command needs that has no `require` of its own: CommonJS packages within it ask for Node's modules by it. */
const requireShim = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

/**
 * V8's young generation would grow to 64 MB under load, its old one to three times what is needed and more before it
 * looks, and malloc would keep heaps for threads that need none, and what compilers once needed. Of V8's compilers the
 * one in the middle is left out: what it makes is soon made anew by the last one, and both need room. All that together is
 * 80 MB of 190 under 256 connections, and costs no speed, but for large bodies: see docs/performance.md.
 */
const firstLine =
  "#!/usr/bin/env -S MALLOC_ARENA_MAX=1 MALLOC_TRIM_THRESHOLD_=131072 " +
  "node --min-semi-space-size=8 --max-semi-space-size=8 --heap-growing-percent=50 --no-maglev";

export default defineConfig({
  // One command with all it needs, made of the sources: hundreds of files, and the parts of them that nobody calls, are
  // neither looked for nor read. It is ready in two thirds of the time, in 10 MB less.
  entry: ["src/cli.ts"],
  noExternal: [/./u],
  format: ["esm"],
  platform: "node",
  target: "node22",
  splitting: true,
  treeshake: false,
  clean: true,
  esbuildOptions: (options) => {
    options.conditions = ["@modelyard/source"];
    // One character beyond Latin-1 in a comment doubles what the text of a file takes in memory.
    options.minifyWhitespace = true;
    options.legalComments = "none";
  },
  esbuildPlugins: [notices()],
  banner: { js: `${firstLine}\n${requireShim}` },
});
