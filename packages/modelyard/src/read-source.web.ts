import { parseConfig } from "@modelyard/config-yaml";
import { invalidOption } from "@modelyard/core/kit";
import type * as node from "./read-source.js";
import { isUnservedEntry } from "./without-unserved.js";

/** A configuration that is passed as text is in no folder. */
export function folderOf(): string {
  return "";
}

export function foldersOf(): readonly string[] {
  return [];
}

export const readSource: typeof node.readSource = (source, { files, includeFrom, providers, ...options }) => {
  if (typeof source !== "string")
    throw invalidOption("source", "this platform has no files.", "Pass the text of the configuration.");
  if (includeFrom.length > 0)
    throw invalidOption("includeFrom", "this platform has no files.", "Omit it, and pass the whole configuration.");
  return parseConfig(source, {
    ...options,
    providerSettings: providers.flatMap(({ settings = [] }) => settings),
    isUnserved: (entry) => isUnservedEntry(entry, providers),
    readFile: (path) => files.read(path),
  });
};
