// `npm run bench`: what the engine costs in process, then the proxy beside its floor and its peers.
import { spawnSync } from "node:child_process";
import { join } from "node:path";

for (const part of ["in-process.js", "over-http.js"]) {
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, part), ...process.argv.slice(2)], {
    stdio: "inherit",
  });
  if (status !== 0) process.exit(status ?? 1);
}
