// `npm run bench`: measures the engine in process, then the proxy, a bare pass-through and peers over HTTP. With `--wires`
// or `--only`, only over HTTP; with `--bars`, whether the proxy reaches its bars.
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const given = process.argv.slice(2);

function parts(): readonly string[] {
  if (given.includes("--bars")) return ["bars.js"];
  const chosen = given.some((argument) => argument === "--wires" || argument.startsWith("--only"));
  return chosen ? ["over-http.js"] : ["in-process.js", "over-http.js"];
}

for (const part of parts()) {
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, part), ...given], { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
