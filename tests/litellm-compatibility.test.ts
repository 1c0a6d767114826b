import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { foreignKeys } from "../packages/config-yaml/src/foreign-keys.js";
import { cacheParams } from "../packages/config-yaml/src/schema-cache.js";
import {
  generalSettings,
  litellmParams,
  litellmSettings,
  modelInfo,
  routerSettings,
} from "../packages/config-yaml/src/schema.js";

const folder = new URL("../docs/litellm/", import.meta.url);
const page = readdirSync(folder)
  .map((file) => readFileSync(new URL(file, folder), "utf8"))
  .join("\n");
/** Names in backticks as patterns; a star matches anything. */
const named = [...page.matchAll(/`(?<text>[^`\n]+)`/gu)].map((match) => match.groups?.["text"] ?? "");
const whole = new Set(named.flatMap((text) => text.split(/[^\w-]+/u)));
const patterns = named
  .filter((text) => /^[\w*]*\*[\w*]*$/u.test(text) && text.length > 2)
  .map((text) => new RegExp(`^${text.replaceAll("*", ".*")}$`, "u"));

/** Sections that name unrelated keys by kind instead of one by one. */
const byKind = new Set(["general", "litellm", "deployment"]);

const keys = [
  ...Object.entries({ routerSettings, litellmSettings, generalSettings, cacheParams }).map(
    ([section, schema]) => [section, Object.keys(schema.shape)] as const,
  ),
  ["modelInfo", Object.keys(modelInfo.shape)] as const,
  ["litellmParams", Object.keys(litellmParams.shape)] as const,
  ...Object.entries(foreignKeys)
    .filter(([section]) => !byKind.has(section))
    .map(([section, table]) => [`${section}, not done`, [...table.keys()]] as const),
];

describe("docs/litellm", () => {
  it.each(keys)("names every key of %s", (_, names) => {
    const missing = names.filter((name) => !whole.has(name) && !patterns.some((pattern) => pattern.test(name)));
    expect(missing).toEqual([]);
  });

  it("says in every entry what LiteLLM does, what Modelyard does, and why they differ", () => {
    const cells = page.split("\n").flatMap((line) => {
      const found = line.split(/(?<!\\)\|/u).map((cell) => cell.trim());
      return line.startsWith("| ") && !line.startsWith("| ---") ? [found.slice(1, -1)] : [];
    });
    // What does not fit a table is a list under a name in bold.
    const lists = page.split(/^(?=\*\*)/mu).flatMap((text) => {
      const { key, list = "" } = /^\*\*(?<key>.+)\*\*\n\n(?<list>(?:- _.*\n(?: {2}.*\n)*)+)/u.exec(text)?.groups ?? {};
      const textAfter = (name: string): string =>
        new RegExp(`^- _${name}_: (?<text>.*)$`, "mu").exec(list)?.groups?.["text"] ?? "";
      return key === undefined ? [] : [[key, textAfter("LiteLLM"), textAfter("Modelyard"), textAfter("Why")]];
    });
    const entries = [...cells, ...lists];
    const broken = entries.filter(([key = "", theirs = "", ours = "", why = "", ...more]) => {
      const complete = ![key, theirs, ours].includes("") && (why !== "" || /^same/iu.test(ours));
      return !complete || more.length > 0;
    });
    expect(lists.length).toBeGreaterThan(50);
    expect(entries.length).toBeGreaterThan(200);
    expect(broken).toEqual([]);
  });
});
