// `npm run bench`: measures the engine in process, then the proxy, a bare pass-through and peers over HTTP.
import { spawnSync } from "node:child_process";
import { join } from "node:path";

for (const part of ["in-process.js", "over-http.js"]) {
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, part), ...process.argv.slice(2)], {
    stdio: "inherit",
  });
  if (status !== 0) process.exit(status ?? 1);
}
