import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Options } from "tsup";
import { library } from "../../tsup.base.js";

type Plugin = NonNullable<Options["esbuildPlugins"]>[number];

/** Builds `NAME.web.ts` instead of `NAME.ts`, if there is one. */
function webModules(): Plugin {
  return {
    name: "web-modules",
    setup(build) {
      // oxlint-disable-next-line require-unicode-regexp -- esbuild's patterns are Go's, which have no such flag
      build.onResolve({ filter: /^\.\.?\/.*\.js$/ }, ({ path, resolveDir }) => {
        const file = join(resolveDir, path.replace(/\.js$/u, ".web.ts"));
        return existsSync(file) ? { path: file } : undefined;
      });
    },
  };
}

/** The entry for platforms without Node's modules. The types are those of the main entry. */
export default library([], {
  entry: { web: "src/index.ts" },
  clean: false,
  dts: false,
  platform: "neutral",
  esbuildPlugins: [webModules()],
  // Variables arrive with the first request, in `env`.
  define: { "process.env": "{}" },
});
