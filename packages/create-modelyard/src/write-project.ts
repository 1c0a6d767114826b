import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type TemplateName, templates } from "./templates.js";
import { UsageError } from "./usage-error.js";

/** The same folder from `src` and from `dist`. */
const ownFolder = fileURLToPath(new URL("..", import.meta.url));

/** The version of this package, which all packages of Modelyard share. */
export function ownVersion(): string {
  const { version } = JSON.parse(readFileSync(join(ownFolder, "package.json"), "utf8")) as { version: string };
  return version;
}

/** Files that a folder may contain before a project is written into it. */
const harmless = new Set([".git", ".DS_Store", "Thumbs.db"]);

/** Why no project can be written into a folder, or `undefined` if it can. */
export function folderProblem(folder: string): string | undefined {
  let entries: readonly string[];
  try {
    entries = readdirSync(folder);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    return code === "ENOTDIR" ? `"${folder}" is not a folder. Choose another name.` : `"${folder}": ${message}`;
  }
  const found = entries.filter((name) => !harmless.has(name));
  if (found.length === 0) return undefined;
  const shown = found.length > 3 ? `${found.slice(0, 3).join(", ")}, ...` : found.join(", ");
  return `"${folder}" is not empty (${shown}). Nothing is overwritten: choose another folder.`;
}

/** A valid name for a package in this folder. */
export function packageNameOf(folder: string): string {
  const name = basename(resolve(folder))
    .toLowerCase()
    .replaceAll(/[^a-z\d._-]+/gu, "-")
    .replaceAll(/^[._-]+|[._-]+$/gu, "")
    .slice(0, 214);
  return name === "" ? "modelyard-app" : name;
}

const manifest = "_package.json";

/**
 * npm does not publish files whose names begin with a dot, and reads a `package.json` as that of a package. In templates, the
 * names of such files begin with `_`.
 */
function writtenName(name: string): string {
  return name === manifest ? "package.json" : name.replace(/^_/u, ".");
}

/**
 * Creates a folder and those above it. Node's own `recursive` never returns where a file system answers "not found" to the
 * creation of a folder inside of one that exists, as /proc does on Linux.
 */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  mkdirSync(folder);
}

interface Project {
  readonly folder: string;
  readonly template: TemplateName;
}

/**
 * Writes a project. No file that exists is overwritten.
 * @returns the paths of its files, relative to the folder
 * @throws {@link UsageError} if the folder cannot be written to
 */
export function writeProject({ folder, template }: Project): readonly string[] {
  const problem = folderProblem(folder);
  if (problem !== undefined) throw new UsageError(problem);
  const name = packageNameOf(folder);
  const version = ownVersion();
  const written: string[] = [];
  try {
    makeFolder(folder);
    for (const layer of templates[template].layers) {
      const source = join(ownFolder, "templates", layer);
      for (const path of filesIn(source)) {
        const text = readFileSync(join(source, path), "utf8");
        const target = join(dirname(path), writtenName(basename(path)));
        makeFolder(dirname(join(folder, target)));
        writeFileSync(join(folder, target), adapted(text, basename(path), { template, name, version }), {
          flag: "wx",
        });
        written.push(target);
      }
    }
  } catch (error) {
    throw new UsageError(`The project cannot be written to "${folder}": ${(error as Error).message}`, { cause: error });
  }
  return written.toSorted();
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .toSorted();
}

interface Names {
  readonly template: TemplateName;
  readonly name: string;
  readonly version: string;
}

/** A template's text with the project's name, and with the version of Modelyard's packages. */
function adapted(text: string, file: string, { template, name, version }: Names): string {
  if (file === manifest)
    return text.replace(`"name": "${template}"`, () => `"name": "${name}"`).replaceAll("workspace:^", `^${version}`);
  if (file === "README.md")
    return text.replace(/^# .*$/mu, () => `# ${name}`).replaceAll(`from "${template}"`, () => `from "${name}"`);
  return text;
}
