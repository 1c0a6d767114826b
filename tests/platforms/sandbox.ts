import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";
import { installDependencies, installedWith, manifestOf } from "./install.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** What is packed: `modelyard` without its optional peers, and `ai-sdk`, with everything that they need. */
const packed = [
  "ai-sdk",
  "cache-memory",
  "cache-redis",
  "config-yaml",
  "core",
  "engine",
  "gateway",
  "modelyard",
  "policies",
  "provider-kit",
  "providers-anthropic",
  "providers-openai",
  "router",
  "strategies",
  "wires",
];

/** A folder outside of the repository with the packed packages installed, as npm would install them. */
export interface Sandbox {
  readonly folder: string;
  /** Adds a TypeScript module, with its types removed. */
  add(name: string, code: string): Promise<string>;
  /** Bundles a module of the folder for a Worker, in the same way as wrangler. */
  bundleWorker(name: string, minify?: boolean): Promise<string>;
  /** The packages that installing some of them brings, with their size. @param beside - what is installed already */
  installedWith(names: readonly string[], beside?: readonly string[]): ReadonlyMap<string, number>;
  remove(): void;
}

function pnpm(...args: readonly string[]): void {
  // These variables configure an npx that may have started the tests; they would affect this npm too.
  const env = { ...process.env, npm_config_call: undefined, npm_config_package: undefined };
  execFileSync(join(root, ".ci/pnpm"), args, { encoding: "utf8", stdio: "pipe", env });
}

const ours = /^(?:modelyard$|@modelyard\/)/u;

function nameOf(folder: string): string {
  return folder === "modelyard" ? folder : `@modelyard/${folder}`;
}

/** Unpacks a tarball to its place in `node_modules`. @returns the package's folder */
function unpack(tarball: string, modules: string): string {
  const folder = mkdtempSync(join(modules, ".unpacked-"));
  execFileSync("tar", ["-xzf", tarball, "-C", folder]);
  const target = join(modules, manifestOf(join(folder, "package")).name);
  cpSync(join(folder, "package"), target, { recursive: true });
  rmSync(folder, { recursive: true });
  return target;
}

/** Builds and packs the packages. That takes a few seconds if they have been built before. */
export function createSandbox(): Sandbox {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "modelyard-platforms-")));
  const tarballs = join(folder, "packed");
  const modules = join(folder, "node_modules");
  for (const made of [tarballs, join(modules, "@modelyard")]) mkdirSync(made, { recursive: true });
  const filters = packed.map((name) => `--filter=${nameOf(name)}`);
  pnpm("exec", "turbo", "run", "build", ...filters, "--output-logs=errors-only");
  pnpm("--recursive", ...filters, "pack", "--pack-destination", tarballs);
  for (const tarball of readdirSync(tarballs)) unpack(join(tarballs, tarball), modules);
  for (const name of packed)
    installDependencies(join(modules, nameOf(name)), join(root, "packages", name, "node_modules"), modules, ours);
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  return {
    folder,
    add: async (name, source) => {
      const { code } = await transform(source, { loader: "ts", target: "es2023" });
      writeFileSync(join(folder, name), code);
      return join(folder, name);
    },
    bundleWorker: async (name, minify = false) => {
      const outfile = join(folder, name.replace(/\.m?js$/u, minify ? ".min.js" : ".worker.js"));
      await build({
        entryPoints: [join(folder, name)],
        outfile,
        bundle: true,
        minify,
        format: "esm",
        platform: "browser",
        conditions: ["workerd", "worker", "browser"],
        logLevel: "silent",
      });
      return outfile;
    },
    installedWith: (names, beside) => installedWith(names, modules, beside),
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
