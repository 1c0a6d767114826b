import { dirname, resolve } from "node:path";
import { parseConfig, type ParsedConfig, type ProviderVariables } from "@modelyard/config-yaml";
import { invalidOption } from "@modelyard/core";
import type { SourceFiles } from "./source-files.js";

/** The text of a configuration, or where it is. */
export type Source = string | { readonly file: string };

export interface ReadOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly lenient: boolean;
  readonly providerVariables: (model: string, provider: string | undefined) => ProviderVariables | undefined;
  readonly files: SourceFiles;
}

/** Where paths in a configuration begin. */
export function folderOf(source: Source): string {
  return typeof source === "string" ? process.cwd() : dirname(resolve(source.file));
}

/** Reads a configuration and what it includes. @throws `ConfigError`; `invalid_option` when there is no such file */
export function readSource(source: Source, { env, lenient, providerVariables, files }: ReadOptions): ParsedConfig {
  const folder = folderOf(source);
  return parseConfig(typeof source === "string" ? source : textOf(source.file, files), {
    env,
    lenient,
    providerVariables,
    ...(typeof source === "string" ? {} : { file: source.file }),
    readFile: (path) => files.read(resolve(folder, path)),
  });
}

const problems: Readonly<Record<string, readonly [problem: string, remedy: string]>> = {
  ENOENT: ["there is no such file.", "Check the path."],
  EISDIR: ["it is a folder, not a file.", "Check the path."],
  EACCES: ["this user may not read it.", "Check its permissions."],
  ERR_ENCODING_INVALID_ENCODED_DATA: ["it is no text in UTF-8.", "Save it as UTF-8."],
};

function textOf(file: string, files: SourceFiles): string {
  try {
    return files.read(resolve(file));
  } catch (cause) {
    const { code } = cause as { readonly code?: string };
    const [problem, remedy] = problems[String(code)] ?? [`it cannot be read (${String(code)}).`, "Check the path."];
    throw invalidOption(file, problem, remedy);
  }
}
