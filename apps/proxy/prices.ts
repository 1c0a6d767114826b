import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import type { Plugin } from "esbuild";

/** Matches the catalog's data, which is at the beginning of its module. */
const data = /^const (?<name>\w+) = (?<literal>\[\n[^]*?\n\])/u;
/** Fields of the catalog that prices do not depend on. */
const unused: ReadonlySet<string> = new Set(["description", "extractors", "price_comments", "pricing_urls"]);
const file = "prices.json";

/**
 * Moves the price catalog's half a megabyte of data from the bundle to a JSON file. As code, V8 would keep it in memory
 * three times: as source text, as templates of object literals, and as objects.
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
