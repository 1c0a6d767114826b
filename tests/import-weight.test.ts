import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";

interface Weight {
  /** Minified size of the code that is read and compiled when the package is imported, in bytes. */
  readonly bytes: number;
  /** Sizes by package: ours by folder, others by name. */
  readonly parts: readonly string[];
}

/** Measures the code that an import of a package loads. What the package imports dynamically does not count. */
async function weightOf(folder: string): Promise<Weight> {
  const entry = fileURLToPath(new URL(`../packages/${folder}/src/index.ts`, import.meta.url));
  const { metafile } = await build({
    entryPoints: [entry],
    outdir: "/weight",
    write: false,
    metafile: true,
    bundle: true,
    splitting: true,
    minify: true,
    platform: "node",
    format: "esm",
    conditions: ["@modelyard/source"],
    logLevel: "silent",
  });
  const name = Object.keys(metafile.outputs).find((output) =>
    metafile.outputs[output]?.entryPoint?.endsWith(`${folder}/src/index.ts`),
  );
  const eager = new Set(name === undefined ? [] : [name]);
  const parts = new Set<string>();
  let bytes = 0;
  for (const output of eager) {
    const found = metafile.outputs[output];
    for (const { path, kind, external } of found?.imports ?? [])
      if (kind !== "dynamic-import" && external !== true) eager.add(path);
    bytes += found?.bytes ?? 0;
    for (const input of Object.keys(found?.inputs ?? {})) {
      const { theirs, ours } =
        /node_modules\/\.pnpm\/(?<theirs>@?[^@/]+)|packages\/(?<ours>[^/]+)/u.exec(input)?.groups ?? {};
      parts.add(theirs ?? ours ?? input);
    }
  }
  return { bytes, parts: [...parts].toSorted() };
}

describe("importing a package", () => {
  it("loads at most 266 KB for the router", async () => {
    const { bytes, parts } = await weightOf("router");
    expect(parts).toEqual(["core", "engine", "policies", "router", "strategies"]);
    // So much code compiles in a few milliseconds; a vendor's SDK would be several times as large.
    // The table of settings, with its descriptions, is a twentieth of it.
    expect(bytes).toBeLessThan(266 * 1024);
  });

  it("does not load prices, provider clients, callbacks or Redis until they are used", async () => {
    const { bytes, parts } = await weightOf("modelyard");
    for (const later of [
      "pydantic",
      "openai",
      "ioredis",
      "prom-client",
      "sentry",
      "langfuse",
      "opentelemetry",
      "callbacks-",
      "cache-redis",
    ])
      expect(parts.filter((part) => part.replace(/^providers-openai$/u, "").includes(later))).toEqual([]);
    expect(bytes).toBeLessThan(1_200_000);
  });
});
