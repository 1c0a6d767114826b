import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConfigError, type ConfigIssue, parseConfig } from "./index.js";
import { issues } from "../test/support/issues.js";

const brief = (list: readonly ConfigIssue[]): readonly string[] =>
  list.map((issue) => `${issue.file}:${String(issue.line)}:${String(issue.column)} ${issue.path}: ${issue.message}`);

const minimal = "model_list:\n  - model_name: gpt-4\n    litellm_params: { model: openai/gpt-4, api_key: k }\n";

describe("text that is not valid YAML", () => {
  it.each([
    ["an open bracket", "model_list: [\n", "f.yaml:2:1 "],
    ["an open quote", 'a: 1\nb: "x\nc: 2\n', 'f.yaml:2:4 : YAML: the quote " that is opened here is never closed.'],
    ["an open quote within braces", "a: { b: 'x, c: 2 }\nd: 3\n", "f.yaml:1:9 : YAML: the quote ' that is opened here"],
    ["a comma that is missing", 'a: ["b""c"]\n', "f.yaml:1:8 : YAML: Missing , or : between"],
    ["a tab", "model_list:\n\t- a: 1\n", "f.yaml:2:1 : YAML: this line is indented with a tab. Use spaces."],
    ["a key twice", "a: 1\nb: 2\na: 3\n", 'f.yaml:3:1 : YAML: duplicate key "a" (first defined on line 1).'],
    ["a key twice, deep inside", "a:\n  - { b: 1, c: 2, b: 3 }\n", 'f.yaml:2:19 : YAML: duplicate key "b"'],
    ["two documents", "a: 1\n---\nb: 2\n", "f.yaml:2:1 : YAML: the file holds more than one YAML document"],
    [
      "an anchor that is not there",
      "a: *b\n",
      'f.yaml:1:4 : YAML: "*b" refers to an anchor "&b" that is not defined above it.',
    ],
    [
      "a value that refers to itself",
      "model_list: &a [*a]\n",
      'f.yaml:1:17 : YAML: "*a" refers to a value that contains it.',
    ],
    ["a mapping merged into itself", "a: &a\n  <<: *a\n  b: 1\n", 'f.yaml:2:7 : YAML: "*a" refers to a value'],
    ["a string that is merged", "a:\n  <<: b\n", "f.yaml:2:3 : YAML: only mappings can be merged"],
    ["a list as a key", "? [a]\n: b\n", "f.yaml:1:3 : YAML: a key must be a string."],
    [
      "more than 100 levels",
      `a: ${"[".repeat(200)}${"]".repeat(200)}\n`,
      "f.yaml:1:103 : YAML: values are nested more than 100 levels deep.",
    ],
    // Reading these to their end would take longer than the whole test run.
    ["lists without end", "[".repeat(4_000_000), "f.yaml:1:101 : YAML: values are nested more than 100 levels deep."],
    ["mappings without end", "{a: ".repeat(1_000_000), "YAML: values are nested more than 100 levels deep."],
    ["dashes without end", "- ".repeat(2_000_000), "YAML: values are nested more than 100 levels deep."],
    ["question marks without end", "? ".repeat(2_000_000), "YAML: values are nested more than 100 levels deep."],
    ["more than 4 MB", "#".repeat(5 * 1024 * 1024), "longer than 4 MB"],
    [
      "a key that is indented less than the others",
      "a:\n    b: 1\n   c: 2\n",
      "f.yaml:3:1 : YAML: this line is indented differently from the other keys of its mapping. Indent it as they are.",
    ],
    [
      "a key of an item that is indented less",
      "a:\n  - b: 1\n   c: 2\n",
      'f.yaml:3:1 : YAML: this line is indented like the items of a list, but does not begin with "- ".',
    ],
    ["a key within a value", "a: b: c\n", "f.yaml:1:4 : YAML: this value looks like another key."],
    ["a key without a colon", "a: 1\nb\n", "f.yaml:2:1 : YAML: expected `key: value`. Add the colon."],
    ["a list", "- a\n", "f.yaml:1:1 : expected keys such as model_list at the top level, found a list."],
    ["a word", "hello\n", "f.yaml:1:1 : expected keys such as model_list at the top level, found a single value."],
    ["nothing", "", "f.yaml:1:1 : the file is empty. It needs a model_list, for example:\n    model_list:\n"],
    ["nothing but comments", "# later\n", "f.yaml:1:1 : the file is empty. It needs a model_list"],
  ])("is refused with the place of the error: %s", (_, text, expected) => {
    expect(brief(issues(text)).join("\n")).toContain(expected);
  });

  it("is refused when its references multiply without end", () => {
    const levels = Array.from({ length: 9 }, (_, index) => {
      const inner = index === 0 ? "x" : `*a${String(index - 1)}`;
      return `a${String(index)}: &a${String(index)} [${Array.from({ length: 10 }, () => inner).join(",")}]`;
    });
    expect(brief(issues(levels.join("\n"))).join()).toContain("YAML: ");
    const [wide, many] = ["x,".repeat(3_000), "*a,".repeat(3_000)];
    expect(brief(issues(`a: &a [${wide}]\nmodel_list: [${many}]\n`)).join()).toContain(
      "more than 500,000 values after aliases are expanded",
    );
  });

  it.each([
    ["as keys", "root:$6$salt$hash:19000:0:99999:7:::\ndaemon:*:19000:0:99999:7:::\n"],
    ["as a key twice", "? |-\n  se-cret$6$hash\n: 1\n? |-\n  se-cret$6$hash\n: 2\n"],
    ["as a reference", "a: *$6$hash\n"],
    ["behind a block's sign", "a: |$6$hash\n b\n"],
    ["behind a document", '--- a\n...\n"$6$hash" "$6$hash"\n%'],
    ["as a long key", `${"k".repeat(50)}$6$hash: 1\n`],
  ])("is not quoted in the error if it may contain a secret: %s", (_, text) => {
    const found = brief(issues(text));
    expect(found).not.toEqual([]);
    expect(found.join("\n")).not.toMatch(/hash|salt/u);
  });

  it("is reported in at most 20 errors", () => {
    expect(issues("a: &a &b &c 1\n".repeat(100))).toHaveLength(20);
  });
});

describe("a valid YAML file", () => {
  it("may use anchors, merge keys, x- keys, comments, CRLF, a byte order mark and empty sections", () => {
    const text = `\uFEFF# settings
x-shared: &shared
  api_key: k
  rpm: 5
model_list:
  - model_name: a
    litellm_params: { <<: *shared, model: openai/a }
  - model_name: b
    litellm_params:
      <<: [*shared, { tpm: 7 }]
      model: openai/b
      rpm: 6
router_settings:
litellm_settings: ~
general_settings: {}
environment_variables:
`.replaceAll("\n", "\r\n");
    expect(parseConfig(text).router.modelList).toMatchObject([{ rpm: 5 }, { rpm: 6, tpm: 7 }]);
    expect(parseConfig(text).warnings).toEqual([]);
  });

  it("may share settings among thousands of deployments", () => {
    const entries = "  - { model_name: a, litellm_params: { <<: *shared, model: openai/a } }\n".repeat(2_000);
    const text = `x-shared: &shared { api_key: k }\nmodel_list:\n${entries}`;
    expect(parseConfig(text).router.modelList).toHaveLength(2_000);
  });

  it("may contain keys without a value, which count as not set, as in LiteLLM", () => {
    const text = `${minimal}router_settings: { num_retries: , redis_host: null, fallbacks: ~ }\n`;
    expect(parseConfig(text).router).not.toHaveProperty("numRetries");
  });

  it("may contain strings for numbers and booleans, and is refused where they cannot be converted", () => {
    const text = `${minimal}router_settings: { num_retries: "3", timeout: "1e1", disable_cooldowns: "True", allowed_fails: 1_000 }\n`;
    expect(parseConfig(text).router).toMatchObject({
      numRetries: 3,
      timeoutMs: 10_000,
      disableCooldowns: true,
      allowedFails: 1_000,
    });
    const wrong = `${minimal}router_settings:\n  num_retries: three\n  disable_cooldowns: maybe\n  allowed_fails: 1.5\n  timeout: 0\n  fallbacks: 7\n`;
    expect(brief(issues(wrong))).toEqual([
      "f.yaml:5:3 router_settings.num_retries: it must be a number.",
      "f.yaml:6:3 router_settings.disable_cooldowns: it must be true or false.",
      "f.yaml:7:3 router_settings.allowed_fails: it must be a whole number.",
      "f.yaml:8:3 router_settings.timeout: it must be above 0.",
      "f.yaml:9:3 router_settings.fallbacks: it must be a list or a mapping, not a number.",
    ]);
  });

  it("has its problems reported in the order of the file, each at its own value, wherever it was written", () => {
    const text = `x-shared: &shared
  rmp: 5
router_settings:
  retry_policy: { RateLimitError: { max_retires: 5 } }
  fallbacks:
    - gpt-4: [a, { mdel: b }]
  model_group_settings: { gpt-4: { num_retry: 3 } }
model_list:
  - model_name: gpt-4
    litellm_params: { <<: *shared, model: openai/gpt-4, api_key: os.environ/NOT_SET }
    rpm: many
litellm_settings:
  cache_params: { tll: 5 }
  fallbaks: []
`;
    expect(brief(issues(text))).toEqual([
      'f.yaml:2:3 model_list[0].litellm_params.rmp: unknown key. Did you mean "rpm" or "tpm"?',
      'f.yaml:4:37 router_settings.retry_policy.RateLimitError.max_retires: unknown key. Did you mean "max_retries"?',
      "f.yaml:6:18 router_settings.fallbacks[0].gpt-4[1].model: it is required.",
      'f.yaml:7:36 router_settings.model_group_settings.gpt-4.num_retry: unknown key. Did you mean "num_retries"?',
      "f.yaml:10:57 model_list[0].litellm_params.api_key: the environment variable NOT_SET is not set. Set it.",
      "f.yaml:11:5 model_list[0].rpm: it must be a number.",
      'f.yaml:13:19 litellm_settings.cache_params.tll: unknown key. Did you mean "ttl" or "ssl" or "url"?',
      'f.yaml:14:3 litellm_settings.fallbaks: unknown key. Did you mean "fallbacks" or "callbacks"?',
    ]);
  });
});

describe("any text read as a configuration", () => {
  const word = fc.constantFrom(
    ..."model_list: model_name: litellm_params: router_settings: litellm_settings: general_settings: environment_variables: credential_list: include: fallbacks: cache_params: api_key: rpm: a os.environ/X os.environ/HOME x- gpt-4 5 -1 1e999 true null ~ .nan 0x10 2020-01-01 __proto__: constructor: toString:".split(
      " ",
    ),
  );
  const mark = fc.constantFrom(
    ..."{ } [ ] , : - ? | > & * ! % @ ` ' \" # <<: --- ... &a *a !!binary !!set \\u0000".split(" "),
    "\n",
    "\n  ",
    "\n    ",
    "\t",
    "\r",
    " ",
    "  - ",
    "\uFEFF",
    "\u2028",
    "\0",
  );

  const hold = (text: string, lenient: boolean): boolean => {
    try {
      parseConfig(text, { lenient, env: { HOME: "/" }, readFile: (path) => (path === "a" ? text : minimal) });
    } catch (error) {
      return (
        error instanceof ConfigError &&
        error.issues.length > 0 &&
        error.issues.every((issue) => issue.file !== "" && issue.message !== "" && issue.line >= 1)
      );
    }
    return true;
  };

  it("gives a configuration or a ConfigError whose every issue has a place", () => {
    const texts = fc.array(fc.oneof(word, mark, fc.string({ maxLength: 5 })), { maxLength: 40 });
    fc.assert(
      fc.property(texts, fc.boolean(), (pieces, lenient) => hold(pieces.join(""), lenient)),
      { numRuns: 300 },
    );
  });

  it("gives the same if it is a valid file with one broken piece", () => {
    const good = `${minimal}router_settings:\n  fallbacks: [{ gpt-4: [a, { model: b, temperature: 1 }] }]\n  retry_policy: { Timeout: { max_retries: 1 } }\nlitellm_settings: { cache: true, cache_params: { type: local } }\n`;
    const place = fc.nat({ max: good.length });
    fc.assert(
      fc.property(place, fc.nat({ max: 12 }), fc.oneof(word, mark), fc.boolean(), (at, length, piece, lenient) =>
        hold(good.slice(0, at) + piece + good.slice(at + length), lenient),
      ),
      { numRuns: 300 },
    );
  });

  it("gives the same if any section has a value of any shape", () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 4 }),
        fc.constantFrom("model_list", "router_settings", "litellm_settings", "include", "credential_list"),
        (value, key) => hold(`${key === "model_list" ? "" : minimal}${key}: ${JSON.stringify(value)}\n`, false),
      ),
      { numRuns: 300 },
    );
  });
});
