import { cpSync, existsSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

export function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
}

/** What is installed with a package: peers too, unless they are optional. */
function neededBy({ dependencies, peerDependencies, peerDependenciesMeta }: Manifest): readonly string[] {
  const peers = Object.keys(peerDependencies ?? {}).filter((name) => peerDependenciesMeta?.[name]?.optional !== true);
  return [...Object.keys(dependencies ?? {}), ...peers];
}

/** The `node_modules` that a package's folder is in. */
function modulesAround(folder: string): string {
  const above = dirname(folder);
  return basename(above).startsWith("@") ? dirname(above) : above;
}

/**
 * Copies the dependencies of a package from pnpm's folders, and theirs, as npm would install them: into the top
 * `node_modules`, or below the package if there is another version at the top. Nothing is downloaded.
 * @param from - the `node_modules` in which pnpm has the dependencies
 * @param skip - dependencies that come from elsewhere
 */
export function installDependencies(folder: string, from: string, top: string, skip: RegExp): void {
  for (const name of neededBy(manifestOf(folder)).filter((dependency) => !skip.test(dependency))) {
    const source = realpathSync(join(from, name));
    const { version } = manifestOf(source);
    const atTop = join(top, name);
    if (existsSync(atTop) && manifestOf(atTop).version === version) continue;
    const target = existsSync(atTop) ? join(folder, "node_modules", name) : atTop;
    cpSync(source, target, { recursive: true, filter: (path) => basename(path) !== "node_modules" });
    installDependencies(target, modulesAround(source), top, skip);
  }
}

/** The bytes of a package's files on a disk with blocks of 4 KB, without the packages below it. */
function sizeOf(folder: string): number {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sum + (entry.name === "node_modules" ? 0 : sizeOf(path));
    return sum + Math.ceil(statSync(path).size / 4_096) * 4_096;
  }, 0);
}

/** The folder that Node would find for a dependency of a package. */
function resolveFrom(folder: string, name: string, top: string): string {
  const below = join(folder, "node_modules", name);
  return existsSync(below) ? below : join(top, name);
}

/**
 * The packages that installing some of them brings, with their size.
 * @param beside - packages that are installed already
 */
export function installedWith(
  names: readonly string[],
  top: string,
  beside: readonly string[] = [],
): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  const visit = (folder: string): void => {
    const manifest = manifestOf(folder);
    const id = `${manifest.name}@${manifest.version}`;
    if (sizes.has(id)) return;
    sizes.set(id, sizeOf(folder));
    for (const name of neededBy(manifest)) if (!beside.includes(name)) visit(resolveFrom(folder, name, top));
  };
  for (const name of names) visit(join(top, name));
  return sizes;
}
