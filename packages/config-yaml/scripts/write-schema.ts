import { writeFileSync } from "node:fs";

interface Built {
  readonly configJsonSchema: () => unknown;
}

/** Writes the JSON Schema beside what was just built; the address keeps the compiler from looking for it before. */
const built = new URL("../dist/index.js", import.meta.url);
const { configJsonSchema } = (await import(built.href)) as Built;

writeFileSync(new URL("../dist/schema.json", import.meta.url), `${JSON.stringify(configJsonSchema())}\n`);
