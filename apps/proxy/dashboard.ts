import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { buildPageIn } from "../dashboard/build.js";
import type { Plugin } from "esbuild";

const file = "dashboard.json";

/** Writes the page of the dashboard to a file beside the bundle, which is read at the first visit. */
export function dashboard(): Plugin {
  return {
    name: "dashboard",
    setup(build) {
      const { outfile, outdir = outfile === undefined ? "dist" : dirname(outfile) } = build.initialOptions;
      // oxlint-disable-next-line require-unicode-regexp -- esbuild's patterns are Go's, which have no such flag
      build.onLoad({ filter: /apps[\\/]dashboard[\\/]build\.ts$/ }, async ({ path }) => {
        const page = await buildPageIn(dirname(path), build.esbuild);
        mkdirSync(outdir, { recursive: true });
        writeFileSync(join(outdir, file), JSON.stringify(page));
        const read = `JSON.parse(readFileSync(new URL("./${file}", import.meta.url), "utf8"))`;
        return { contents: `import { readFileSync } from "node:fs";\nexport const buildPage = () => ${read};` };
      });
    },
  };
}
