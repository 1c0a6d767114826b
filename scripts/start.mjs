// `npm start`: installs, builds, serves. Runs on any Node from 20 on; the proxy itself runs on the pinned one.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isAbandoned, runUntilEnded } from "./run-until-ended.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const pnpm = ["--yes", "--prefer-offline", "pnpm@12.21.0"];

/**
 * Runs a step quietly; shows what it said only when it fails.
 * @param {string} title
 * @param {readonly string[]} args
 */
function step(title, args) {
  process.stderr.write(`${title} ...\n`);
  const result = spawnSync("npx", [...pnpm, ...args], { cwd: root, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
  if (isAbandoned()) process.exit(1);
  if (result.status === 0) return;
  process.stderr.write(`${result.stdout}${result.stderr}${result.error ? `${result.error.message}\n` : ""}`);
  process.stderr.write(`\n${title}: failed. The lines above say why.\n`);
  process.exit(result.status ?? 1);
}

// Without the platforms that only tests need: 190 MB to download. `npm test` installs them.
step("Installing", ["install", "--frozen-lockfile", "--filter=!@modelyard/platform-tests"]);
// The command is a bundle made of the sources: no other package has to be built.
step("Building", ["exec", "turbo", "run", "build", "--filter=@modelyard/proxy", "--output-logs=errors-only"]);

const pinned = join(root, "node_modules/.bin/node");
const node = existsSync(pinned) ? pinned : process.execPath;
runUntilEnded(node, [join(root, "apps/proxy/dist/cli.js"), "serve", ...process.argv.slice(2)]);
