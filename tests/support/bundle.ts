import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

export interface Bundle {
  /** A script for a separate process. */
  readonly file: string;
  remove(): void;
}

/** Bundles a TypeScript module with its imports, for tests that start real processes. */
export async function bundle(entry: URL): Promise<Bundle> {
  const folder = mkdtempSync(join(tmpdir(), "modelyard-bundle-"));
  const file = join(folder, "script.mjs");
  await build({
    entryPoints: [fileURLToPath(entry)],
    outfile: file,
    bundle: true,
    platform: "node",
    format: "esm",
    // Bundled CommonJS packages load Node's modules by `require`.
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
    conditions: ["@modelyard/source"],
    logLevel: "error",
  });
  return {
    file,
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Bundles a TypeScript module with its imports for a platform that has web standards only. */
export async function bundleForWeb(entry: string, outfile: string, platform: "deno" | "workerd"): Promise<void> {
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: "esm",
    platform: "browser",
    conditions: ["@modelyard/source", platform, "browser"],
    logLevel: "error",
  });
}
