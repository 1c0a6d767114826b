import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { builtInProviders } from "../src/registry.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** Where no vendor is known by name: what one vendor needs is said by its provider (`ProviderIdentity`). */
const places = [
  ...["core", "policies", "strategies", "engine", "router", "gateway"].map((name) => `packages/${name}/src`),
  "packages/modelyard/src/price-catalog.ts",
];

/** Rooms in which a wire format or a public API is described, whose words are also those of the vendor that invented it. */
const wireRooms = [
  "packages/core/src/wire/",
  "packages/core/src/operations/",
  "packages/core/src/finish-reasons.ts",
  "packages/gateway/src/surfaces/",
  // Which client to use instead, for paths of APIs that no surface serves.
  "packages/gateway/src/unknown-route.ts",
];

/** OpenAI's wire format, which callers of every package write, and names that contain it. */
const wireWords =
  /OpenAI(?:'s|-shaped|-compatible)|allowedOpenaiParams|allowed_openai_params|openai(?:Surface|FinishReasons)|\/surfaces\/openai\.js/gu;

/** What a line that begins an example may name. */
const isExample = /e\.g\.|Write|example:/u;
const examples =
  /openai\(\)|(?:openai|azure)\/(?:\*|gpt-4o?)|gpt-4o?|claude-2|\/\^gpt-\/|`openai`|https:\/\/api\.openai\.com/gu;

/** Files of figures and facts, whose comments name the sources. */
const cited: ReadonlySet<string> = new Set([
  "packages/core/src/caller-bounds.ts",
  "packages/core/src/token-estimate.ts",
  "packages/core/src/public-address.ts",
  "packages/policies/src/backoff.ts",
  "packages/gateway/src/options.ts",
  "packages/gateway/src/services.ts",
]);
const isComment = /^\s*(?:\/\*\*|\*|\/\/)/u;

/** What else has to name a vendor, with the reason. */
const exceptions: Readonly<Record<string, readonly string[]>> = {
  // A key can be in any text, also in that of a provider which is not registered.
  "packages/core/src/scrub.ts": ["|xai|"],
  // LiteLLM's names of settings.
  "packages/core/src/settings/requests.ts": [
    "route_all_chat_openai_to_responses",
    "use_chat_completions_url_for_anthropic_messages",
  ],
  // The name of the wire format, not of the vendor.
  "packages/core/src/provider-identity.ts": ["Its API: `openai`", '"openai" | "own"'],
  "packages/core/src/options/identity.ts": ['"openai", "own"'],
};

const families =
  "anthropic aws amazon azure bedrock cerebras chatgpt claude codestral cohere dall-e dashscope databricks deepinfra deepseek fireworks gemini google gpt grok groq " +
  "huggingface hyperbolic kimi llama microsoft minimax mistral moonshot nebius novita nvidia ollama openai openrouter perplexity qwen sagemaker sambanova sora " +
  "vertex vllm volcengine watsonx whisper xai zhipu";
const vendors = new RegExp(`(?<![a-z])(?:${families.replaceAll(" ", "|")})(?![a-z])`, "iu");
/** Names of providers are also ordinary words: those count where they are written as a string or before a model. */
const providers = new RegExp(
  `(?<![\\w.])["'\`](?:${builtInProviders({ env: {} })
    .map(({ name }) => name)
    .join("|")})["'\`/]`,
  "u",
);

function namesVendor(line: string, allowed: readonly string[] = []): boolean {
  const plain = allowed.reduce((text, phrase) => text.replaceAll(phrase, ""), line).replaceAll(wireWords, "");
  const rest = isExample.test(plain) ? plain.replaceAll(examples, "") : plain;
  return vendors.test(rest) || providers.test(rest);
}

function sourcesIn(path: string): readonly string[] {
  if (path.endsWith(".ts")) return [path];
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory()) return entry.name.startsWith("__") ? [] : sourcesIn(join(path, entry.name));
    return /(?<!\.test|\.test-d)\.ts$/u.test(entry.name) ? [join(path, entry.name)] : [];
  });
}

/** The lines of a source that name a vendor, as `file:line: text`. */
function linesNamingVendors(path: string, text = readFileSync(path, "utf8")): readonly string[] {
  const name = relative(root, path);
  if (wireRooms.some((room) => name.startsWith(room))) return [];
  return text
    .split("\n")
    .flatMap((line, index) =>
      !(cited.has(name) && isComment.test(line)) && namesVendor(line, exceptions[name])
        ? [`${name}:${String(index + 1)}: ${line.trim()}`]
        : [],
    );
}

describe("a vendor's name in a package that serves all vendors alike", () => {
  it.each([
    `if (provider.name === "groq") return undefined;`,
    `const own = new Set(["anthropic", "azure"]);`,
    `if (provider.name.startsWith("ollama")) return true;`,
    `const family = /(?:^|[./])claude-/u;`,
    `return model.startsWith("gpt-5") ? 2 : 1;`,
    `const names = { zai: 1, "featherless_ai": 2 };`,
    `// Gemini counts thoughts apart.`,
    `case "openai":`,
  ])("is found in %s", (line) => {
    expect(namesVendor(line)).toBe(true);
  });

  it.each([
    `/** A chat completion, in OpenAI's shape. */`,
    `fix: 'Write { model: "gpt-4" }.',`,
    `const poe = "poetry"; // a synthetic request`,
    `import { openaiSurface } from "./surfaces/openai.js";`,
  ])("is not found in %s", (line) => {
    expect(namesVendor(line)).toBe(false);
  });

  it("is reported with its file and line", () => {
    const path = join(root, "packages/engine/src/plan/known-prices.ts");
    const text = readFileSync(path, "utf8");
    const line = text.split("\n").length;
    expect(linesNamingVendors(path, `${text}const claude = /claude-/u;\n`)).toEqual([
      `packages/engine/src/plan/known-prices.ts:${String(line)}: const claude = /claude-/u;`,
    ]);
  });

  it("does not occur: what one vendor needs is a property of its provider", () => {
    const sources = places.flatMap((place) => sourcesIn(join(root, place)));
    expect(sources.length).toBeGreaterThan(250);
    expect(sources.flatMap((path) => linesNamingVendors(path))).toEqual([]);
  });

  it("is listed as an exception only if it still occurs", () => {
    const gone = Object.entries(exceptions).flatMap(([name, phrases]) => {
      const text = readFileSync(join(root, name), "utf8");
      return phrases.filter((phrase) => !text.includes(phrase)).map((phrase) => `${name}: ${phrase}`);
    });
    expect(gone).toEqual([]);
  });
});
