import { execFileSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";

const root = fileURLToPath(new URL("../..", import.meta.url));
const names = [
  "ai-sdk",
  "cache-memory",
  "core",
  "engine",
  "gateway",
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
  bundleWorker(name: string): Promise<string>;
  /** The bytes of some packages, as installed. */
  sizeOf(packages: readonly string[]): number;
  /** What installing a package brings. */
  dependenciesOf(name: string): readonly string[];
  remove(): void;
}

function pnpm(...args: readonly string[]): void {
  // These variables configure an npx that may have started the tests; they would affect this npm too.
  const env = { ...process.env, npm_config_call: undefined, npm_config_package: undefined };
  execFileSync(join(root, ".ci/pnpm"), args, { encoding: "utf8", stdio: "pipe", env });
}

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

function unpack(tarball: string, modules: string): void {
  const folder = mkdtempSync(join(modules, ".unpacked-"));
  execFileSync("tar", ["-xzf", tarball, "-C", folder]);
  const manifest = JSON.parse(readFileSync(join(folder, "package/package.json"), "utf8")) as Manifest;
  cpSync(join(folder, "package"), join(modules, manifest.name), { recursive: true });
  rmSync(folder, { recursive: true });
  const source = join(root, "packages", manifest.name.replace("@modelyard/", ""), "node_modules");
  for (const dependency of Object.keys(manifest.dependencies ?? {})) {
    if (!dependency.startsWith("@modelyard/"))
      cpSync(realpathSync(join(source, dependency)), join(modules, dependency), { recursive: true });
  }
}

/** Builds and packs the packages. That takes a few seconds if they have been built before. */
export function createSandbox(): Sandbox {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "modelyard-platforms-")));
  const packed = join(folder, "packed");
  const modules = join(folder, "node_modules");
  for (const made of [packed, join(modules, "@modelyard")]) mkdirSync(made, { recursive: true });
  const filters = names.map((name) => `--filter=@modelyard/${name}`);
  pnpm("exec", "turbo", "run", "build", ...filters, "--output-logs=errors-only");
  pnpm("--recursive", ...filters, "pack", "--pack-destination", packed);
  for (const tarball of readdirSync(packed)) unpack(join(packed, tarball), modules);
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  return {
    folder,
    add: async (name, source) => {
      const { code } = await transform(source, { loader: "ts", target: "es2023" });
      writeFileSync(join(folder, name), code);
      return join(folder, name);
    },
    bundleWorker: async (name) => {
      const outfile = join(folder, name.replace(/\.m?js$/u, ".worker.js"));
      await build({
        entryPoints: [join(folder, name)],
        outfile,
        bundle: true,
        format: "esm",
        platform: "browser",
        conditions: ["workerd", "worker", "browser"],
        logLevel: "silent",
      });
      return outfile;
    },
    sizeOf: (packages) =>
      packages
        .map((name) => join(modules, "@modelyard", name))
        .flatMap((path) => readdirSync(path, { recursive: true, encoding: "utf8" }).map((file) => join(path, file)))
        .reduce((sum, file) => sum + (statSync(file).isFile() ? statSync(file).size : 0), 0),
    dependenciesOf: (name) => {
      const manifest = JSON.parse(readFileSync(join(modules, "@modelyard", name, "package.json"), "utf8")) as Manifest;
      return Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
    },
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
