import { chmodSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const repository = fileURLToPath(new URL("../..", import.meta.url));

/** Where the image's base has Node. It has no `env`, which the command's own first line needs. */
export const nodeOfImage = "/nodejs/bin/node";

/**
 * Writes the files that the image adds to its base:
 *
 * - `/opt/modelyard`: the proxy as it is published, and the health check
 * - `/usr/local/bin/modelyard`, and `litellm` for commands that were written for LiteLLM's image
 * - `/app`: empty, the working directory, in which LiteLLM's users mount `config.yaml`
 *
 * @param {string} root - the folder to write to; it is created
 * @param {{ dist?: string, node?: string }} [options] - `dist`: the built proxy; `node`: the Node that runs the command
 */
export function buildRoot(root, { dist = join(repository, "apps/proxy/dist"), node = nodeOfImage } = {}) {
  const home = join(root, "opt/modelyard");
  const bin = join(root, "usr/local/bin");
  for (const folder of [home, bin, join(root, "app")]) mkdirSync(folder, { recursive: true, mode: 0o755 });
  cpSync(dist, join(home, "dist"), { recursive: true });
  for (const [from, to] of [
    ["apps/proxy/package.json", "package.json"],
    ["LICENSE", "LICENSE"],
    ["deploy/image/health-check.mjs", "health-check.mjs"],
  ])
    cpSync(join(repository, from), join(home, to));
  const command = join(home, "dist/cli.js");
  const source = readFileSync(command, "utf8");
  if (!source.startsWith("#!")) throw new Error(`${command} does not begin with "#!". Build the proxy first.`);
  writeFileSync(command, source.replace(/^#!.*/u, `#!${node}`));
  chmodSync(command, 0o755);
  for (const name of ["modelyard", "litellm"]) symlinkSync("../../../opt/modelyard/dist/cli.js", join(bin, name));
}

if (process.argv[1] === import.meta.filename) {
  const root = process.argv.at(2);
  if (root === undefined) {
    process.stderr.write("Name the folder to write to: node deploy/image/build-root.mjs FOLDER\n");
    process.exit(2);
  }
  buildRoot(resolve(root));
}
