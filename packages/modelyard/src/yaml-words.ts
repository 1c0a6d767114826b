import { filePathsOf } from "@modelyard/config-yaml";
import { settings } from "@modelyard/core/settings";

/** The keys of a file for the router's options, e.g. `api_key` for `apiKey`. */
function keysByOption(): ReadonlyMap<string, string> {
  return new Map(
    Object.keys(settings).flatMap((name) => {
      const [path] = [
        ...filePathsOf(name, { at: "deployment", entry: 0 }),
        ...filePathsOf(name, { at: "router" }),
        ...filePathsOf(name, { at: "group", group: "" }),
      ];
      const key = path?.at(-1);
      return typeof key === "string" ? [[name, key] as const] : [];
    }),
  );
}

let known: ReadonlyMap<string, string> | undefined;

/** Names in quotes, which belong to the user, and words in camel case. */
const words = /"[^"]*"|\b[a-z]+(?:[A-Z][a-z\d]*)+\b/gu;

/** Advice that only a program can follow, and what replaces it in a file. */
const adviceForCode: readonly (readonly [RegExp, string])[] = [
  [/, or add the provider in code/u, ""],
  [/, or give the router a catalog/u, ""],
  [/\bset provider\b/u, "set custom_llm_provider"],
];

/** A message of the router's about its options, in the words of a configuration file. */
export function inYamlWords(message: string): string {
  known ??= keysByOption();
  const keys = known;
  const advised = adviceForCode.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), message);
  return advised.replaceAll(words, (word) => keys.get(word) ?? word);
}
