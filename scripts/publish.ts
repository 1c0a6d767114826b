// `node scripts/publish.ts FOLDER [--dry-run]`: publishes the packed tarballs in a folder that npm does not have yet,
// dependencies first. It needs Node and npm alone, so that the job with the right to publish installs nothing.
import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { resolve } from "node:path";

interface Packed {
  readonly file: string;
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

function read(file: string): Packed {
  const manifest = execFileSync("tar", ["-xOzf", file, "package/package.json"], { encoding: "utf8" });
  return { ...(JSON.parse(manifest) as Omit<Packed, "file">), file };
}

function dependenciesFirst(packages: ReadonlyMap<string, Packed>): ReadonlySet<Packed> {
  const ordered = new Set<Packed>();
  const visit = (packed: Packed): void => {
    for (const name of Object.keys(packed.dependencies ?? {})) {
      const dependency = packages.get(name);
      if (dependency !== undefined && !ordered.has(dependency)) visit(dependency);
    }
    ordered.add(packed);
  };
  for (const packed of packages.values()) visit(packed);
  return ordered;
}

function isPublished({ name, version }: Packed): boolean {
  return spawnSync("npm", ["view", `${name}@${version}`, "version"], { encoding: "utf8" }).stdout.trim() === version;
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

const [folder = "", ...flags] = process.argv.slice(2);
if (folder === "" || flags.some((flag) => flag !== "--dry-run"))
  fail("Usage: node scripts/publish.ts FOLDER [--dry-run]");
const files = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
if (files.length === 0) fail(`There is no .tgz file in ${folder}. Run pnpm pack-packages first.`);
const packages = new Map(files.map((name) => read(resolve(folder, name))).map((packed) => [packed.name, packed]));
for (const packed of dependenciesFirst(packages)) {
  const title = `${packed.name}@${packed.version}`;
  if (isPublished(packed)) {
    process.stdout.write(`${title} is already published.\n`);
    continue;
  }
  process.stdout.write(`Publishing ${title}\n`);
  execFileSync("npm", ["publish", packed.file, "--access", "public", "--ignore-scripts", ...flags], {
    stdio: "inherit",
  });
}
