import { describe, expect, it } from "vitest";
import { formatIssues } from "./issues.js";
import { parseConfig } from "./parse-config.js";

const deployment = (key: string): string =>
  `  - { model_name: a, litellm_params: { model: openai/gpt-4o, api_key: ${JSON.stringify(key)} } }\n`;

function warnings(text: string, env: Readonly<Record<string, string>> = {}): readonly string[] {
  return formatIssues(parseConfig(text, { env }).warnings);
}

describe("an API key copied from an example", () => {
  it.each([
    "your-key",
    "YOUR_API_KEY",
    "your-openai-api-key",
    "sk-your-key-here",
    "<key>",
    "<your key>",
    "[YOUR KEY]",
    "{API_KEY}",
    "changeme",
    "change-me",
    "CHANGE_ME_NOW",
    "sk-...",
    "sk-proj-\u2026",
    "sk-ant-xxxxxxxx",
    "XXXX",
    "sk-****",
    "insert-your-key",
    "replace_with_your_key",
    "put your key here",
    "api-key-here",
    "TODO",
    "placeholder",
  ])("causes one warning that names its place: %s", (key) => {
    expect(warnings(`model_list:\n${deployment(key)}`)).toEqual([
      expect.stringMatching(
        /^config\.yaml:2:\d+ model_list\[0\]\.litellm_params\.api_key: this looks like a placeholder, not a key\. Write os\.environ\/NAME and set that variable\.$/u,
      ),
    ]);
  });

  it("causes a warning that suggests the variable when it is the bare name of one", () => {
    expect(warnings(`model_list:\n${deployment("OPENAI_API_KEY")}`)).toEqual([
      expect.stringContaining("Write os.environ/OPENAI_API_KEY."),
    ]);
  });

  it("is also found in the environment, and the warning names the variable", () => {
    const text = `model_list:\n${deployment("os.environ/KEY_ONE")}`;
    expect(warnings(text, { KEY_ONE: "sk-..." })).toEqual([
      expect.stringContaining("the environment variable KEY_ONE holds a placeholder, not a key."),
    ]);
    expect(warnings(text, { KEY_ONE: "sk-proj-4Zk2mQ" })).toEqual([]);
  });

  it("is found where the file sets an environment variable", () => {
    const text = `model_list:\n${deployment("k")}environment_variables: { OPENAI_API_KEY: changeme, REGION: changeme }\n`;
    expect(warnings(text)).toEqual([
      expect.stringMatching(
        /^config\.yaml:3:\d+ environment_variables\.OPENAI_API_KEY: this looks like a placeholder/u,
      ),
    ]);
  });

  it("is found in every setting that holds a secret", () => {
    const more =
      "general_settings: { master_key: changeme }\nrouter_settings: { redis_host: r, redis_port: 1, redis_password: <password> }\n";
    expect(warnings(`model_list:\n${deployment("k")}${more}`)).toEqual([
      expect.stringMatching(
        /^config\.yaml:3:\d+ general_settings\.master_key: .+ Likewise: router_settings\.redis_password \(4:\d+\)\.$/u,
      ),
    ]);
  });

  it.each([
    "k",
    "none",
    "key",
    "dummy",
    "sk-1234",
    "sk-proj-4Zk2mQ",
    "hunter2",
    "my-key",
    "token-abc123",
    "EMPTY",
    "lm-studio",
    "not-needed",
  ])("is not suspected in a value that a server may accept: %s", (key) => {
    expect(warnings(`model_list:\n${deployment(key)}`)).toEqual([]);
  });

  it("is an error if warnings are errors", () => {
    expect(() => parseConfig(`model_list:\n${deployment("your-key")}`, { strict: true })).toThrow("placeholder");
  });
});

describe("warnings with the same text", () => {
  const text = `model_list:
${deployment("your-key")}${deployment("<key>")}general_settings:
  database_url: postgres://x
  store_model_in_db: true
  alerting: [slack]
  database_connection_pool_limit: 10
`;

  it("are merged into one line with all their places", () => {
    expect(warnings(text).map((line) => line.replaceAll(/:\d+(?=[ )])/gu, ""))).toEqual([
      "config.yaml:2 model_list[0].litellm_params.api_key: this looks like a placeholder, not a key. Write os.environ/NAME and set that variable. Likewise: model_list[1].litellm_params.api_key (3).",
      "config.yaml:5 general_settings.database_url: it concerns LiteLLM's database, which Modelyard does not have. Likewise: general_settings.store_model_in_db (6), general_settings.database_connection_pool_limit (8).",
      "config.yaml:7 general_settings.alerting: it concerns alerts; use a callback for them.",
    ]);
    expect(parseConfig(text).warnings).toHaveLength(6);
  });

  it("are merged in the message of an error, too", () => {
    expect(() => parseConfig(`model_list:\n${deployment("$KEY")}${deployment("$KEY")}`)).toThrow(
      /has 2 problems:\n.+ Likewise: model_list\[1\]\.litellm_params\.api_key \(3:\d+\)\.$/u,
    );
    expect(() => parseConfig("a:\n\tb: 1\n\tc: 2\n")).toThrow(/tab\. Use spaces\. Likewise: 3:1\.$/u);
  });

  it("name a place once, although an anchor repeats it in many entries", () => {
    const anchored = `model_list:
  - { model_name: a, litellm_params: &base { model: openai/gpt-4o, api_key: your-key } }
  - { model_name: b, litellm_params: { <<: *base, model: openai/gpt-4o-mini } }
${deployment("sk-...")}`;
    expect(warnings(anchored)).toEqual([
      expect.stringMatching(/Likewise: model_list\[2\]\.litellm_params\.api_key \(4:\d+\)\.$/u),
    ]);
  });

  it("name at most 21 places, and count the others", () => {
    const many = `model_list:\n${deployment("your-key").repeat(30)}`;
    expect(warnings(many)).toEqual([
      expect.stringMatching(/model_list\[20\]\.litellm_params\.api_key \(22:\d+\), and 9 more\.$/u),
    ]);
  });

  it("name the file of each place if there are several files", () => {
    const included = parseConfig(`include: [other.yaml]\nmodel_list:\n${deployment("your-key")}`, {
      readFile: () => `general_settings: { master_key: changeme }\n`,
    });
    expect(formatIssues(included.warnings)).toEqual([
      expect.stringMatching(/^config\.yaml:3:.+ Likewise: general_settings\.master_key \(other\.yaml:1:\d+\)\.$/u),
    ]);
  });
});
