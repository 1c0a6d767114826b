import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

export interface Bundle {
  /** A script that a process of its own can run. */
  readonly file: string;
  remove(): void;
}

/** Bundles a module of the sources with all it imports, for tests that need real processes. */
export async function bundle(entry: URL): Promise<Bundle> {
  const folder = mkdtempSync(join(tmpdir(), "modelyard-bundle-"));
  const file = join(folder, "script.mjs");
  await build({
    entryPoints: [fileURLToPath(entry)],
    outfile: file,
    bundle: true,
    platform: "node",
    format: "esm",
    // CommonJS packages that are bundled ask for Node's modules by `require`.
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
