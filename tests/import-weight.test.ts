import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";

interface Weight {
  /** Bytes that are read and compiled when the package is imported, minified. */
  readonly bytes: number;
  /** Our packages by folder, others by name. */
  readonly parts: readonly string[];
}

/** What comes along at once when a package is imported; what it imports later, when it is asked to, does not count. */
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

describe("an import", () => {
  it("of the router brings along what routes, and little of it", async () => {
    const { bytes, parts } = await weightOf("router");
    expect(parts).toEqual(["core", "engine", "policies", "router", "strategies"]);
    // A tenth of a megabyte is compiled in a few milliseconds; a vendor's SDK would be several of them.
    // A twentieth of it is the table of settings with its sentences.
    expect(bytes).toBeLessThan(220_000);
  });

  it("of everything leaves prices, vendors' clients, callbacks and Redis for when they are asked for", async () => {
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
