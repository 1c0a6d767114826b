import { writeFileSync } from "node:fs";

interface Built {
  readonly configJsonSchema: () => unknown;
}

// Imported by URL, because the file does not exist yet when this script is type-checked.
const built = new URL("../dist/index.js", import.meta.url);
const { configJsonSchema } = (await import(built.href)) as Built;

writeFileSync(new URL("../dist/schema.json", import.meta.url), `${JSON.stringify(configJsonSchema())}\n`);
