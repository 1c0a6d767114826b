import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import * as z from "zod";
import { configJsonSchema } from "./index.js";

/** Validates as an editor does: with a general validator for JSON Schema, not with our own schemas. */
const schema = z.fromJSONSchema(
  JSON.parse(JSON.stringify(configJsonSchema())) as Parameters<typeof z.fromJSONSchema>[0],
);
const accepts = (text: string): boolean => schema.safeParse(parse(text, { merge: true })).success;

const guide = fileURLToPath(new URL("../../modelyard/test/support/guide/", import.meta.url));
const good =
  "model_list:\n  - model_name: a\n    litellm_params: { model: openai/a, api_key: k, rpm: 5, temperature: 0 }\n";

describe("the JSON Schema of the configuration file", () => {
  it.each(readdirSync(guide))("accepts the example %s of the guide", (name) => {
    expect(accepts(readFileSync(`${guide}${name}`, "utf8"))).toBe(true);
  });

  it.each([
    ["a minimal file", good],
    ["values from the environment", good.replace("rpm: 5", "rpm: os.environ/RPM, timeout: os.environ/T")],
    ["numbers in strings", good.replace("rpm: 5", 'rpm: "5"')],
    ["vendors' settings", good.replace("rpm: 5", "aws_region_name: us-east-1")],
    ["empty sections", `${good}router_settings:\nlitellm_settings: {}\n`],
    ["empty keys", `${good}router_settings: { num_retries: }\n`],
    ["LiteLLM's other keys", `${good}general_settings: { database_url: x }\nguardrails: []\n`],
    ["included files without a model list", "include: [a.yaml]\nx-shared: { a: 1 }\n"],
    ["fallbacks with fields", `${good}router_settings: { fallbacks: [{ a: [b, { model: c, temperature: 1 }] }] }\n`],
    ["a cache", `${good}litellm_settings: { cache: true, cache_params: { type: redis, ttl: 5, s3_path: x } }\n`],
  ])("accepts %s", (_, text) => {
    expect(accepts(text)).toBe(true);
  });

  it.each([
    ["at the top", `${good}router_setting: {}\n`],
    ["in router_settings", `${good}router_settings: { num_retires: 3 }\n`],
    ["in litellm_settings", `${good}litellm_settings: { fallback: [] }\n`],
    ["in general_settings", `${good}general_settings: { masterkey: x }\n`],
    ["in litellm_params", good.replace("rpm", "rmp")],
    ["for a request field", good.replace("temperature", "temprature")],
    ["in an entry", good.replace("model_name", "modelname")],
    ["in a policy", `${good}router_settings: { retry_policy: { RateLimitErrors: 3 } }\n`],
    ["in cache_params", `${good}litellm_settings: { cache_params: { tll: 5 } }\n`],
    ["for a cache type (its value is misspelled)", `${good}litellm_settings: { cache_params: { type: rediss } }\n`],
  ])("rejects a misspelled key %s", (_, text) => {
    expect(accepts(text)).toBe(false);
  });

  it.each([
    ["a string for a number", `${good}router_settings: { num_retries: three }\n`],
    ["a number below its range", `${good}router_settings: { num_retries: -1 }\n`],
    ["a deployment without a model", good.replace("model: openai/a, ", "")],
  ])("rejects %s", (_, text) => {
    expect(accepts(text)).toBe(false);
  });

  it("describes keys, and marks those without an effect as deprecated", () => {
    const text = JSON.stringify(configJsonSchema());
    expect(text).toContain("Retries in each group.");
    expect(text).toMatch(
      /"database_url":\{"description":"LiteLLM's setting, ignored here: it concerns[^"]*","deprecated":true\}/u,
    );
  });

  const whole = configJsonSchema() as Described;

  it("is small enough for an editor to load at once", () => {
    expect(JSON.stringify(whole).length).toBeLessThan(110_000);
  });

  it("refers only to definitions that exist, and uses each of them", () => {
    const used = new Set([...JSON.stringify(whole).matchAll(/"#\/\$defs\/(?<name>[^"]+)"/gu)].map(([, name]) => name));
    expect(used).toEqual(new Set(Object.keys(whole.$defs ?? {})));
    expect(used.size).toBeGreaterThan(10);
  });

  it("describes every key except for the classes of errors in policies", () => {
    expect(undescribed(whole)).toEqual([]);
  });
});

const { $defs: definitions = {} } = configJsonSchema() as Described;

interface Described {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Described>>;
  readonly $defs?: Readonly<Record<string, Described>>;
  readonly [keyword: string]: unknown;
}

/** The description of a property, which may be that of the definition that it refers to. */
function descriptionOf({ description, $ref }: Described): string | undefined {
  return description ?? definitions[String($ref).replace("#/$defs/", "")]?.description;
}

/** The paths of all properties without a description. */
function undescribed(part: Described, path = ""): readonly string[] {
  return Object.entries(part).flatMap(([keyword, inner]) => {
    if (typeof inner !== "object" || inner === null) return [];
    if (keyword !== "properties") return undescribed(inner as Described, keyword === "$defs" ? "" : path);
    return Object.entries(part.properties ?? {}).flatMap(([key, property]) => {
      const own = `${path}.${key}`;
      const isClass = /^(?:[A-Z]|max_retries$)/u.test(key);
      return [...(descriptionOf(property) === undefined && !isClass ? [own] : []), ...undescribed(property, own)];
    });
  });
}
