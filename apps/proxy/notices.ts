import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "esbuild";

/** Who is in the bundle, and under which licence, as a file beside it: licences ask that their text goes along. */
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
        const { outdir = "dist" } = initialOptions;
        // On a clean checkout there is none yet: the bundle itself is written later, by tsup.
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
