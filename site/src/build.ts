import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build, serve } from "vitepress";
import { writeApiPages } from "./api-pages.ts";
import { stagePages } from "./stage-pages.ts";

/** Builds the site into `site/dist`. */

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
  },
});

console.log("Copying the pages ...");
stagePages(root, pages);
if (!values["no-api"]) {
  console.log("Writing the API reference ...");
  await writeApiPages(root, pages);
}
await build(site);
if (values.preview) await serve({ root: site, port: Number(values.port) });
