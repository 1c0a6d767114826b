import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { build as Build } from "esbuild";

/** The files of the page. */
export interface PageFiles {
  readonly html: string;
  readonly script: string;
  readonly style: string;
  readonly icon: string;
}

/** Builds the page from its sources. */
export async function buildPage(): Promise<PageFiles> {
  return buildPageIn(import.meta.dirname, await import("esbuild"));
}

/** @param folder - of this package, for bundles, which are elsewhere */
export async function buildPageIn(folder: string, { build }: { readonly build: typeof Build }): Promise<PageFiles> {
  const source = join(folder, "src");
  const bundle = async (file: string): Promise<string> => {
    const { outputFiles } = await build({
      entryPoints: [join(source, file)],
      bundle: true,
      write: false,
      minify: true,
      format: "esm",
      target: ["es2022", "chrome110", "firefox110", "safari16.4"],
      jsx: "automatic",
      jsxImportSource: "preact",
      charset: "utf8",
      legalComments: "none",
    });
    return outputFiles[0]?.text ?? "";
  };
  const [script, style] = await Promise.all([bundle("main.tsx"), bundle("style.css")]);
  const read = (file: string): string => readFileSync(join(source, file), "utf8");
  return { html: read("page.html"), script, style, icon: read("icon.svg") };
}
