import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import type { Plugin } from "esbuild";

/** The catalog's data, with which its module begins. */
const data = /^const (?<name>\w+) = (?<literal>\[\n[^]*?\n\])/u;
/** What no price depends on. */
const unused: ReadonlySet<string> = new Set(["description", "extractors", "price_comments", "pricing_urls"]);
const file = "prices.json";

/**
 * The price catalog's half a megabyte of data as a file beside the bundle. As code V8 keeps it three times: as text, as
 * the shapes it makes objects of, and as objects.
 */
export function prices(): Plugin {
  return {
    name: "prices",
    setup(build) {
      const { outdir = "dist" } = build.initialOptions;
      // oxlint-disable-next-line require-unicode-regexp -- esbuild's patterns are Go's, which have no such flag
      build.onLoad({ filter: /genai-prices[\\/]dist[\\/]index\.js$/ }, ({ path }) => {
        const text = readFileSync(path, "utf8");
        const { name = "", literal = "" } = data.exec(text)?.groups ?? {};
        if (literal === "") throw new Error(`${path} no longer begins with its data: see apps/proxy/prices.ts.`);
        mkdirSync(outdir, { recursive: true });
        writeFileSync(join(outdir, file), needed(literal));
        const read = `const ${name} = JSON.parse(readFileSync(new URL("./${file}", import.meta.url), "utf8"))`;
        return { contents: `import { readFileSync } from "node:fs";\n${text.replace(data, () => read)}` };
      });
    },
  };
}

function needed(literal: string): string {
  const value: unknown = runInNewContext(literal);
  return JSON.stringify(value, (key, inner: unknown) => (unused.has(key) ? undefined : inner));
}
