import { dirname, resolve } from "node:path";
import { parseConfig, type ParsedConfig, UnreadableFile } from "@modelyard/config-yaml";
import type { Provider } from "@modelyard/core";
import { invalidOption, type ProviderEnvironment } from "@modelyard/core/kit";
import type { SourceFiles } from "./source-files.js";
import { isWithin, ownFolders } from "./within-folder.js";
import { isUnservedEntry } from "./without-unserved.js";

/** The text of a configuration, or the path of its file. */
export type Source = string | { readonly file: string };

export interface ReadOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly lenient: boolean;
  readonly strict: boolean;
  readonly assumeEnvironment: boolean;
  readonly providerVariables: (model: string, provider: string | undefined) => ProviderEnvironment | undefined;
  readonly files: SourceFiles;
  /** All registered providers. */
  readonly providers: readonly Provider[];
  /** Further folders from which files may be included, besides the folder of the configuration. */
  readonly includeFrom: readonly string[];
}

/** The folder that paths in a configuration are relative to. */
export function folderOf(source: Source): string {
  return typeof source === "string" ? process.cwd() : dirname(resolve(source.file));
}

/** The folders from which a configuration may include files and load modules. */
export function foldersOf(source: Source, includeFrom: readonly string[]): readonly string[] {
  return [...ownFolders(typeof source === "string" ? undefined : source.file), ...includeFrom];
}

/**
 * Reads a configuration and the files it includes.
 * @throws `ConfigError` for errors in the file, `invalid_option` if it cannot be read
 */
export function readSource(source: Source, options: ReadOptions): ParsedConfig {
  const { env, lenient, strict, assumeEnvironment, providerVariables, files, includeFrom, providers } = options;
  const folder = folderOf(source);
  const file = typeof source === "string" ? undefined : source.file;
  const folders = foldersOf(source, includeFrom);
  return parseConfig(typeof source === "string" ? source : textOf(source.file, files), {
    env,
    lenient,
    strict,
    assumeEnvironment,
    providerVariables,
    providerSettings: providers.flatMap(({ settings = [] }) => settings),
    isUnserved: (entry) => isUnservedEntry(entry, providers),
    ...(file === undefined ? {} : { file }),
    readFile: (path) => {
      const included = resolve(folder, path);
      if (!isWithin(included, folders)) {
        throw new UnreadableFile(
          "it is outside the folder of the configuration.",
          "Move it there, or allow its folder with --include-from.",
        );
      }
      return files.read(included);
    },
  });
}

function textOf(file: string, files: SourceFiles): string {
  try {
    return files.read(resolve(file));
  } catch (cause) {
    if (!(cause instanceof UnreadableFile)) throw cause;
    throw invalidOption(file, cause.problem, cause.remedy);
  }
}
