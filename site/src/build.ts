import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build, serve } from "vitepress";
import { writeApiPages } from "./api-pages.ts";
import { addVersion } from "./published-versions.ts";
import { stagePages } from "./stage-pages.ts";

/** Builds the site into `site/dist`, or adds it to the published site. */

const root = fileURLToPath(new URL("../..", import.meta.url));
const site = fileURLToPath(new URL("..", import.meta.url));
const pages = fileURLToPath(new URL("../.pages", import.meta.url));

const { values } = parseArgs({
  options: {
    /** Without the reference of the packages, which takes most of the time. */
    "no-api": { type: "boolean", default: false },
    /** Serve the site when it is built. */
    preview: { type: "boolean", default: false },
    port: { type: "string", default: "4173" },
    /** The path of the site on its server. */
    base: { type: "string", default: "/" },
    /** A folder with the published site, to which this version is added. */
    into: { type: "string" },
  },
});

console.log("Copying the pages ...");
stagePages(root, pages);
if (!values["no-api"]) {
  console.log("Writing the API reference ...");
  await writeApiPages(root, pages);
}

async function buildFor(base: string): Promise<string> {
  process.env["DOCS_BASE"] = base;
  await build(site);
  return fileURLToPath(new URL("../dist", import.meta.url));
}

if (values.into === undefined) await buildFor(values.base);
else {
  const { version } = JSON.parse(
    readFileSync(new URL("../../packages/modelyard/package.json", import.meta.url), "utf8"),
  ) as { version: string };
  await addVersion(values.into, version, buildFor, values.base);
}
if (values.preview) await serve({ root: site, port: Number(values.port) });
