import { defineConfig, type Options } from "tsup";
import command from "../../apps/proxy/tsup.config.js";
import { library } from "../../tsup.base.js";

const packages = library([], {
  entry: {
    index: "src/index.ts",
    node: "src/entries/node.ts",
    redis: "src/entries/redis.ts",
  },
});

// The command of @modelyard/proxy, so that `npx modelyard` works, too. It is a bundle and shares no files with the
// packages, because it starts faster and takes less memory than these would.
export default defineConfig([
  packages,
  { ...(command as Options), entry: ["../../apps/proxy/src/cli.ts"], outDir: "bin" },
]);
