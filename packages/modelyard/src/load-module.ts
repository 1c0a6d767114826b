import { createHash } from "node:crypto";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import {
  type ConfigIssue,
  type ModuleChoice,
  type ParsedConfig,
  showPath,
  UnreadableFile,
} from "@modelyard/config-yaml";
import { type JsonObject, RouterError } from "@modelyard/core";
import { isJsonObject, problemOf } from "@modelyard/core/kit";
import type { Rule } from "@modelyard/core/options";
import { lineOf } from "./module-line.js";
import { provideOwnModules } from "./own-modules.js";
import type { SourceFiles } from "./source-files.js";
import { isWithin } from "./within-folder.js";

/** A kind of part that a module can be. */
export interface ModuleKind {
  /** What it is called, in messages and as an export, e.g. `strategy`. */
  readonly noun: string;
  readonly rule: Rule;
  /** What a part must have, for messages. */
  readonly members: string;
}

export interface ModuleContext {
  /** The folder of the configuration, which paths of modules are relative to. */
  readonly folder: string;
  /** The folders that modules may be in. */
  readonly folders: readonly string[];
  readonly files: SourceFiles;
}

/** A loaded part. */
export interface LoadedPart<Part> {
  /** Its module, arguments and content hash. If these are the same after a reload, the part is kept. */
  readonly from: string;
  readonly part: Part;
}

/** What is wrong with a module, and where the file has caused it. */
class ModuleFault extends Error {
  /** Whether it concerns the module, its arguments, or one of them. */
  readonly at: "module" | "args" | { readonly argument: string };

  constructor(at: ModuleFault["at"], message: string) {
    super(message);
    this.name = "ModuleFault";
    this.at = at;
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** Adds a period if the text does not end in punctuation. */
function sentence(text: string): string {
  return /[.!?]$/u.test(text) ? text : `${text}.`;
}

/** The message of an error, with the line of the module that caused it. */
async function messageWithLine(cause: unknown, path: string): Promise<string> {
  const line = await lineOf(cause, path);
  return line === undefined
    ? sentence(messageOf(cause))
    : `${messageOf(cause).replace(/[.!]$/u, "")} (line ${String(line)}).`;
}

/** A hash of the module's current content. */
function versionOf(path: string, { files, folders }: ModuleContext): string {
  if (!isWithin(path, folders)) {
    const remedy = "Move it there, or allow its folder with --include-from.";
    throw new ModuleFault("module", `${path}: it is outside the folder of the configuration. ${remedy}`);
  }
  try {
    return createHash("sha256").update(files.read(path)).digest("hex").slice(0, 16);
  } catch (cause) {
    const problem = cause instanceof UnreadableFile ? cause.problem : messageOf(cause);
    const remedy = "Correct the path, which is relative to the file that names it.";
    throw new ModuleFault("module", `${path}: ${problem} ${remedy}`);
  }
}

/** The version of each module that was loaded first, by path. */
const firstVersions = new Map<string, string>();

/**
 * The URL to import a module from. Node caches modules by URL, so a changed module needs a different one. The first version
 * has the URL by which other modules import it, so that they share its state.
 */
function addressOf(path: string, version: string): string {
  const { href } = pathToFileURL(path);
  const first = firstVersions.get(path) ?? version;
  firstVersions.set(path, first);
  return first === version ? href : `${href}?v=${version}`;
}

async function importModule(path: string, version: string): Promise<Readonly<Record<string, unknown>>> {
  provideOwnModules();
  try {
    return (await import(/* @vite-ignore */ addressOf(path, version))) as Readonly<Record<string, unknown>>;
  } catch (cause) {
    const problem = await messageWithLine(cause, path);
    throw new ModuleFault("module", `${path} cannot be loaded: ${problem} Correct the module.`);
  }
}

async function fromModule<Part>(kind: ModuleKind, path: string, version: string, args: JsonObject): Promise<Part> {
  const { noun, members, rule } = kind;
  const module = await importModule(path, version);
  // The exports of a CommonJS module are properties of its default export.
  const inner = isJsonObject(module["default"]) ? module["default"][noun] : undefined;
  const exported = module[noun] ?? inner ?? module["default"];
  if (exported === undefined) {
    const names = Object.keys(module);
    const remedy = `Export a function named "${noun}", or a default function, that returns an object with ${members}.`;
    const others = names.length === 0 ? "" : `, only ${names.join(", ")}`;
    throw new ModuleFault("module", `${path} does not export a ${noun}${others}. ${remedy}`);
  }
  let made: unknown = exported;
  if (typeof exported === "function") {
    try {
      made = await (exported as (args: JsonObject) => unknown)(args);
    } catch (cause) {
      throw await refusalOf(cause, { noun, path, args });
    }
  }
  const found = rule(made, "");
  if (found === undefined) return made as Part;
  // A problem with a single field names the field.
  const field = found.path === "" ? "" : `${found.path.replace(/^\./u, "")}: `;
  const remedy = `Return an object with ${members}.`;
  throw new ModuleFault("module", `${path} does not return a valid ${noun}: ${field}${found.problem} ${remedy}`);
}

/** Whether this is an error that JavaScript throws for a bug in the code. */
function isMistakeInCode(cause: unknown): boolean {
  return [TypeError, ReferenceError, SyntaxError].some((mistake) => cause instanceof mistake);
}

interface Refused {
  readonly noun: string;
  readonly path: string;
  readonly args: JsonObject;
}

/** Converts an error that a factory threw: it concerns the argument that it names, all arguments, or the module. */
async function refusalOf(cause: unknown, { noun, path, args }: Refused): Promise<Error> {
  if (RouterError.isInstance(cause) && cause.kind === "invalid_option") return cause;
  const message = messageOf(cause);
  const words = message.split(/[^\w-]+/u);
  const names = Object.keys(args);
  // Short names may be ordinary words, so they only count at the beginning of the message.
  const argument =
    names.find((name) => message.startsWith(`${name}: `)) ??
    names.find((name) => name.length > 2 && words.includes(name));
  if (argument !== undefined) {
    const problem = message.startsWith(`${argument}: `) ? message.slice(argument.length + 2) : message;
    return new ModuleFault({ argument }, `${path} rejects it: ${sentence(problem)} Correct the argument.`);
  }
  if (names.length > 0 && !isMistakeInCode(cause))
    return new ModuleFault("args", `${path} rejects them: ${sentence(message)} Correct the arguments.`);
  const problem = await messageWithLine(cause, path);
  return new ModuleFault("module", `${path} could not create the ${noun}: ${problem} Correct the module.`);
}

/**
 * Loads a part from the user's module (`./my-strategy.mjs`). The module's export that is named like the kind of part, or
 * its default export, is the part, or a function that takes the arguments and returns one. A changed module is loaded
 * again, but not the modules that it imports.
 * @param before - the part before a reload, which is kept with its state if nothing has changed
 * @throws what {@link moduleIssue} converts
 */
export async function loadModule<Part>(
  kind: ModuleKind,
  { name, args }: Pick<ModuleChoice, "args" | "name">,
  context: ModuleContext,
  before?: LoadedPart<Part>,
): Promise<LoadedPart<Part>> {
  const path = resolve(context.folder, name);
  const version = versionOf(path, context);
  const from = JSON.stringify([name, args, version]);
  return before?.from === from ? before : { from, part: await fromModule<Part>(kind, path, version, args) };
}

/** Converts an error to an issue at the place of the module, or of the argument that the error names. */
export function moduleIssue(
  thrown: unknown,
  { module, args }: ModuleChoice["place"],
  config: ParsedConfig,
): ConfigIssue {
  const issue = (path: ModuleChoice["place"]["args"], message: string): ConfigIssue => ({
    path: showPath(path),
    message,
    ...config.sourceOf(path),
  });
  if (thrown instanceof ModuleFault) {
    const { at } = thrown;
    if (typeof at === "object") return issue([...args, at.argument], thrown.message);
    return issue(at === "args" ? args : module, thrown.message);
  }
  // The error of a factory for options may name a key of the file.
  const [first, second] = RouterError.isInstance(thrown) ? (thrown.param ?? "").split(".") : [];
  if (RouterError.isInstance(thrown) && first === args.at(-1))
    return issue(second === undefined ? args : [...args, second], problemOf(thrown));
  return issue(
    module,
    RouterError.isInstance(thrown) && first === module.at(-1) ? problemOf(thrown) : messageOf(thrown),
  );
}
