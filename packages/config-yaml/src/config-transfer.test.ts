import { Secret } from "@modelyard/core";
import { describe, expect, it } from "vitest";
import { fromTransferable, type ParsedConfig, parseConfig, toTransferable } from "./index.js";

const main = `# Comments move everything down.
include: [more.yaml]
x-shared: &shared { api_key: sk-canary-shared, extra_headers: { X-Key: sk-canary-header } }
model_list:
  - model_name: a
    litellm_params: { <<: *shared, model: openai/a, rpm: 5 }
  - model_name: b
    litellm_params:
      <<: [*shared, { tpm: 7 }]
      model: openai/b
router_settings:
  redis_host: 127.0.0.1
  redis_password: sk-canary-redis
  routing_groups:
    - { group_name: g, models: [a, b], routing_strategy: least-busy }
general_settings: { master_key: os.environ/MASTER }
`;
const more = `model_list:
  - { model_name: c, litellm_params: { model: openai/c, api_key: sk-canary-c } }
litellm_settings: { typo_here: 1 }
`;

const paths: readonly (readonly (string | number)[])[] = [
  [],
  ["model_list"],
  ["model_list", 0, "litellm_params", "rpm"],
  ["model_list", 0, "litellm_params", "api_key"],
  ["model_list", 1, "litellm_params", "tpm"],
  ["model_list", 1, "litellm_params", "extra_headers", "X-Key"],
  ["model_list", 1, "litellm_params", "absent"],
  ["model_list", 2, "litellm_params", "api_key"],
  ["model_list", 3],
  ["litellm_settings", "typo_here"],
  ["router_settings", "routing_groups", 0, "models", 1],
  ["absent"],
];

const read = (): ParsedConfig =>
  parseConfig(main, { file: "config.yaml", env: { MASTER: "sk-canary-master" }, readFile: () => more });

/** The configuration without functions and places in the file, with secrets as plain text. */
function shown(value: unknown): unknown {
  if (value instanceof Secret) return { secret: value.reveal() };
  if (Array.isArray(value)) return value.map(shown);
  if (typeof value !== "object" || value === null) return typeof value === "function" ? undefined : value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, entry]) => (key === "places" ? [] : [[key, shown(entry)]])),
  );
}

describe("a configuration that is sent to another process", () => {
  const sent = fromTransferable(structuredClone(toTransferable(read())));

  it("arrives unchanged, secrets included", () => {
    expect(shown(sent)).toEqual(shown(read()));
    const secrets = JSON.stringify(shown(sent)).match(/sk-canary-\w+/gu) ?? [];
    expect(new Set(secrets)).toEqual(
      new Set(["shared", "header", "redis", "c", "master"].map((name) => `sk-canary-${name}`)),
    );
  });

  it("does not print its secrets", () => {
    expect(JSON.stringify({ ...sent, places: undefined })).not.toContain("canary");
  });

  it("keeps the file, line and column of every value, also in included files and behind references", () => {
    const config = read();
    for (const path of paths) {
      expect(sent.sourceOf(path)).toEqual(config.sourceOf(path));
      expect(sent.written(path)).toEqual(config.written(path));
    }
    expect(sent.written(["model_list", 0, "litellm_params", "api_key"])).toEqual({
      file: "config.yaml",
      line: 3,
      column: 21,
    });
    expect(sent.written(["model_list", 2, "litellm_params", "api_key"])).toEqual({
      file: "more.yaml",
      line: 2,
      column: 57,
    });
    expect(sent.written(["model_list", 1, "litellm_params", "absent"])).toBeUndefined();
  });

  it("keeps the object identity on which the shared strategy of several groups depends", () => {
    const { groupStrategies } = sent;
    expect(groupStrategies["a"]).toBeDefined();
    expect(groupStrategies["a"]).toBe(groupStrategies["b"]);
  });
});

describe("a file with very many", () => {
  it("problems is reported in a message of bounded length", () => {
    const text = `model_list:\n${"- {}\n".repeat(5_000)}`;
    expect(() => parseConfig(text)).toThrow(/has 10000 problems:\n(?:.+\n){1,100} {2}\.\.\. and 9900 more\.$/u);
  });

  it("deployments is refused at the first one beyond the maximum", () => {
    expect(() => parseConfig(`model_list:\n${"- {}\n".repeat(10_001)}`)).toThrow(
      "config.yaml:10002:3 model_list: there are 10,001 deployments, and the limit is 10,000.",
    );
  });

  it("line breaks or comments is refused where it exceeds the limit", () => {
    const text = `model_list:\n${"#\n".repeat(1_000_000)}`;
    expect(() => parseConfig(text)).toThrow(
      /config\.yaml:7\d{5}:\d YAML: there are more than 1,500,000 words, punctuation marks, line breaks and comments\. Remove some/u,
    );
  });

  it("warnings reports at most a thousand of them, and the number of the others", () => {
    const unknown = Array.from({ length: 1_500 }, (_, index) => `unknown_${String(index)}: 1\n`).join("");
    const { warnings } = parseConfig(
      `${unknown}model_list: [{ model_name: a, litellm_params: { model: openai/a } }]\n`,
    );
    expect(warnings).toHaveLength(1_001);
    expect(warnings.at(-1)?.message).toBe("there are 500 more warnings, which are not shown.");
  });
});
