import { readDocument, type SourceDocument } from "./document.js";
import { type Path, showPath } from "./path.js";
import type { ConfigIssue } from "./issues.js";
import { MergedPlaces, type PlacesData } from "./merged-places.js";
import { UnreadableFile } from "./unreadable-file.js";

export interface IncludeOptions {
  /** The main file's path, as messages show it. Included files are looked up relative to it. */
  readonly file: string;
  /**
   * Reads a file by its path relative to the main file's folder. If not set, `include` is an error.
   * @throws if the file cannot be read; the problem and remedy of an {@link UnreadableFile} become part of the message
   */
  readonly readFile: ((path: string) => string) | undefined;
}

/** A file merged with the files it includes. */
export interface MergedDocument extends Pick<SourceDocument, "issues"> {
  /** The merged value without `include`; empty if nothing could be read. */
  readonly value: Fields;
  /** Things that are probably not intended, e.g. a section that an included file replaces. */
  readonly warnings: readonly ConfigIssue[];
  /** Every file, in the order they were read; the main one first. */
  readonly files: readonly string[];
  readonly places: MergedPlaces;
}

type Fields = Record<string, unknown>;

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Resolves a path that is written in the file `from`, relative to the main file's folder. */
function beside(from: string | undefined, name: string): string {
  const folder = from === undefined ? "" : from.slice(0, Math.max(from.lastIndexOf("/"), from.lastIndexOf("\\")) + 1);
  return /^(?:[\\/]|[A-Za-z]:)/u.test(name) ? name : `${folder}${name}`;
}

/** A limit is needed because the number of files doubles with every level if each includes the next one twice. */
const mostFiles = 100;
const tooManyFiles = `more than ${String(mostFiles)} files are included.`;

const emptyFile = `the file is empty. It needs a model_list, for example:
    model_list:
      - model_name: gpt-4o
        litellm_params: { model: openai/gpt-4o, api_key: os.environ/OPENAI_API_KEY }`;

class Merger {
  readonly value: Fields = {};
  readonly issues: ConfigIssue[] = [];
  readonly warnings: ConfigIssue[] = [];
  readonly files: string[] = [];
  readonly places: MergedPlaces;
  readonly #documents: PlacesData["documents"][number][] = [];
  readonly #origins: PlacesData["origins"][number][] = [];
  readonly #options: IncludeOptions;
  readonly #open: string[] = [];

  constructor(options: IncludeOptions) {
    this.#options = options;
    this.places = new MergedPlaces({ file: options.file, documents: this.#documents, origins: this.#origins });
  }

  /**
   * Adds a file's keys, then those of the files it includes.
   * @param path - relative to the main file's folder; `undefined` for the main file itself
   */
  add(document: SourceDocument, path: string | undefined): void {
    const file = path === undefined ? this.#options.file : beside(this.#options.file, path);
    this.files.push(file);
    this.#documents.push({ file, ...document.places });
    this.issues.push(...document.issues);
    if (document.issues.length > 0) return;
    if (document.value == null) {
      // An included file may be empty.
      if (path === undefined) this.#report(document, [], emptyFile);
      return;
    }
    if (!isFields(document.value)) {
      const found = Array.isArray(document.value) ? "a list" : "a single value";
      this.#report(document, [], `expected keys such as model_list at the top level, found ${found}.`);
      return;
    }
    const { include, ...fields } = document.value;
    const position = this.#documents.length - 1;
    for (const [key, entry] of Object.entries(fields)) this.#take(key, entry, document, position);
    if (include == null) return;
    if (!Array.isArray(include)) {
      this.#report(document, ["include"], "it must be a list of files.");
      return;
    }
    if (include.length > mostFiles) {
      this.#report(document, ["include"], tooManyFiles);
      return;
    }
    if (path !== undefined) this.#open.push(path);
    for (const [index, name] of (include as readonly unknown[]).entries()) this.#include(document, path, index, name);
    if (path !== undefined) this.#open.pop();
  }

  /** Lists are appended to those of earlier files. Anything else replaces the earlier value, as in LiteLLM. */
  #take(key: string, entry: unknown, document: SourceDocument, index: number): void {
    const known = this.value[key];
    const extend = Array.isArray(known) && Array.isArray(entry);
    if (!extend && known != null) {
      const message = `it replaces the one in ${this.places.placeOf([key]).file} entirely.`;
      this.warnings.push({ path: key, message, ...document.placeOf([key]) });
    }
    this.#origins.push({ key, from: extend ? known.length : -1, document: index });
    this.value[key] = extend ? [...(known as readonly unknown[]), ...(entry as readonly unknown[])] : entry;
  }

  #include(document: SourceDocument, parent: string | undefined, index: number, name: unknown): void {
    const text = this.#textOf(parent, name);
    if (typeof text === "string") {
      this.#report(document, ["include", index], text);
      return;
    }
    this.add(readDocument(text.of, beside(this.#options.file, text.path)), text.path);
  }

  /** The text and path of an included file, or a message that says why it cannot be included. */
  #textOf(parent: string | undefined, name: unknown): string | { readonly of: string; readonly path: string } {
    const { readFile, file } = this.#options;
    if (readFile === undefined) return "include is not supported here.";
    if (typeof name !== "string" || name === "") return "it must be the name of a file.";
    const path = beside(parent, name);
    if (this.#open.includes(path) || path === /[^\\/]*$/u.exec(file)?.[0])
      return `"${name}" includes this file, which is a cycle.`;
    if (this.files.length >= mostFiles) return tooManyFiles;
    try {
      return { of: readFile(path), path };
    } catch (cause) {
      const { problem, remedy } =
        cause instanceof UnreadableFile ? cause : { problem: "it cannot be read.", remedy: "Check the path." };
      return `${JSON.stringify(name)}, looked up relative to this file: ${problem} ${remedy}`;
    }
  }

  #report(document: SourceDocument, path: Path, message: string): void {
    this.issues.push({ path: showPath(path), message, ...document.placeOf(path) });
  }
}

/** Merges a text with the files it includes, and keeps track of where each value was written. */
export function readMerged(text: string, options: IncludeOptions): MergedDocument {
  const merger = new Merger(options);
  merger.add(readDocument(text, options.file), undefined);
  const { value, issues, warnings, files, places } = merger;
  return { value, issues, warnings, files, places };
}
