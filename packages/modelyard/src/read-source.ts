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

function textOf(file: string, files: SourceFiles): string {
  try {
    return files.read(resolve(file));
  } catch (cause) {
    const { code } = cause as { readonly code?: string };
    const problem = code === "ENOENT" ? "there is no such file." : `it cannot be read (${String(code)}).`;
    throw invalidOption(file, problem, "Check the path.");
  }
}
