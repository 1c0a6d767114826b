import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import type { Plugin } from "esbuild";

/**
 * Writes a file with the licenses of all bundled packages, because licenses require that their text is distributed too.
 */
export function notices(): Plugin {
  return {
    name: "notices",
    setup(build) {
      const { initialOptions } = build;
      initialOptions.metafile = true;
      build.onEnd(({ metafile }) => {
        const folders = new Set(
          Object.keys(metafile?.inputs ?? {}).flatMap(
            (input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/u.exec(input) ?? [],
          ),
        );
        // It is in the page of the dashboard, which is built separately.
        const page = Object.keys(metafile?.inputs ?? {}).find((input) => input.endsWith("dashboard/build.ts"));
        if (page !== undefined) folders.add(dirname(createRequire(resolve(page)).resolve("preact/package.json")));
        const { outdir = "dist" } = initialOptions;
        // The folder does not exist in a clean checkout, because tsup writes the bundle later.
        mkdirSync(outdir, { recursive: true });
        writeFileSync(join(outdir, "THIRD-PARTY-NOTICES.txt"), [...folders].map(noticeOf).toSorted().join("\n\n"));
      });
    },
  };
}

function noticeOf(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    readonly name: string;
    readonly version: string;
    readonly license?: string;
  };
  const text = readdirSync(folder).find((entry) => /^licen[cs]e/iu.test(entry));
  return `${name} ${version} (${license ?? "see below"})\n\n${text === undefined ? "" : readFileSync(join(folder, text), "utf8").trim()}\n`;
}
