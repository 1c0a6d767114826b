// Measures what the engine itself costs, without a network.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { completions } from "./in-process/completions.js";
import { picks } from "./in-process/picks.js";
import { stall } from "./in-process/stall.js";
import { starts } from "./in-process/starts.js";
import type { Results } from "./in-process/timing.js";
import { translations } from "./in-process/translations.js";

const results: Results = {};
for (const [name, part] of Object.entries({ starts, completions, stall, picks, translations })) {
  process.stderr.write(`in process: ${name}\n`);
  for (const [what, value] of Object.entries(await part())) {
    results[what] = value;
    process.stdout.write(`${what.padEnd(64)}${value.toFixed(2).padStart(10)}\n`);
  }
}
const folder = join(import.meta.dirname, "../results");
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "in-process.json"), `${JSON.stringify({ node: process.version, results }, null, 2)}\n`);
