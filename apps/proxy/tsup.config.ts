import { defineConfig } from "tsup";
import { notices } from "./notices.js";
import { prices } from "./prices.js";

/** What a command needs that has no `require` of its own: CommonJS packages within it ask for Node's modules by it. */
const requireShim = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

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
  esbuildPlugins: [prices(), notices()],
  banner: { js: `#!/usr/bin/env node\n${requireShim}` },
});
