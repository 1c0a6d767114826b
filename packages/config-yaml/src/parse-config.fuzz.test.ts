import fc from "fast-check";
import { expect, it } from "vitest";
import { ConfigError, formatIssue, parseConfig, UnreadableFile } from "./index.js";

const good = `model_list:
  - model_name: a
    litellm_params: { model: openai/a, api_key: os.environ/KEY, rpm: 5, tags: [x] }
    model_info: { id: one }
router_settings: { num_retries: 1, fallbacks: [{ a: [a] }], retry_policy: { TimeoutErrorRetries: 2 } }
litellm_settings: { callbacks: [prometheus], cache: true, cache_params: { type: local, ttl: 5 } }
general_settings: { master_key: sk-1, port: 4000 }
environment_variables: { KEY: k }
credential_list: [{ credential_name: c, credential_values: { api_key: k } }]
include: [more.yaml]
`;

/** Known attacks on YAML parsers. Each is read by itself, and spliced into a valid file. */
const attacks: readonly string[] = [
  // References that multiply: a billion values from a kilobyte.
  Array.from({ length: 10 }, (_, level) => {
    const inner = level === 0 ? "x" : `*a${String(level - 1)}`;
    return `a${String(level)}: &a${String(level)} [${`${inner},`.repeat(10)}]\n`;
  }).join(""),
  // A chain of merge keys, and one that merges itself.
  Array.from(
    { length: 60 },
    (_, at) => `m${String(at)}: &m${String(at)} { ${at === 0 ? "k: 1" : `<<: *m${String(at - 1)}`} }\n`,
  ).join(""),
  "x: &x { <<: *x }\n",
  "x: &x [*x]\n",
  "x: !!js/function 'function () {}'\n",
  "x: !!python/object/apply:os.system ['ls']\n",
  "__proto__: { polluted: true }\nconstructor: { prototype: { polluted: true } }\n",
  "model_list: [{ model_name: a, litellm_params: { __proto__: { api_key: x }, model: openai/a } }]\n",
  `x: ${"[".repeat(3_000)}${"]".repeat(3_000)}\n`,
  `x: ${"{a: ".repeat(3_000)}\n`,
  `${"- ".repeat(3_000)}x\n`,
  Array.from({ length: 300 }, (_, depth) => `${" ".repeat(depth)}a:\n`).join(""),
  "root:$6$salt$hash:19000:0:99999:7:::\ndaemon:*:19000:0:99999:7:::\n",
  "include: [config.yaml, /etc/passwd, ../x, 'http://a/b', 5, null, [a]]\n",
  "environment_variables: { A: os.environ/B, B: os.environ/A, C: os.environ/C }\nx-y: os.environ/A\n",
  "router_settings: { num_retries: 1e308, timeout: -1, cooldown_time: .nan, rpm: 0x7fffffffffffffff, max_fallbacks: 1e999 }\n",
  "general_settings: { port: 99999999999999999999, master_key: [a], max_request_size_mb: .inf }\n",
  "router_settings: { fallbacks: { a: { a: { a: [a] } } }, model_group_alias: { a: { a: a } } }\n",
  "? [a, b]\n: { ? {c: d} : e }\n",
  "\uFEFF\uFEFFa: 1\n",
  'a: "\\ud800"\nb: \u0000\n',
  "%YAML 9.9\n%TAG ! tag:x,2000:\n--- !x\na: 1\n--- b\n...\n",
  "\t- a\n\t\t- b\n",
  "a: |9999999\n  b\n",
  "a: *b\nc: &\n",
  "'".repeat(500),
  "model_list:\n",
  "model_list: {}\nmodel_list: []\n",
];

/** Reads a text as the proxy does. Anything but the one documented error is a fault. */
function read(text: string, more: string): readonly string[] {
  try {
    parseConfig(text, {
      env: { HOME: "/h" },
      readFile: (path) => {
        if (path === "more.yaml") return more;
        throw new UnreadableFile("there is no such file.", "Check the path.");
      },
      providerVariables: () => ({ apiKey: ["KEY"] }),
    });
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown;
    return thrown.issues.map(formatIssue);
  }
  return [];
}

function hold(text: string, more: string): void {
  const complaints = read(text, more);
  expect(complaints.filter((line) => line.length > 5_000 || line.includes("$6$salt"))).toEqual([]);
}

it.each(attacks.map((text) => [text.slice(0, 40), text]))(
  "a hostile YAML file is read or refused, alone, before, after and included in a valid one: %j",
  (_, text) => {
    for (const [main, more] of [
      [text, ""],
      [text + good, ""],
      [good + text, ""],
      [good, text],
    ] as const)
      hold(main, more);
    expect(({} as { readonly polluted?: unknown }).polluted).toBeUndefined();
  },
);

it("any text made by cutting and splicing hostile YAML files is read or refused", () => {
  const piece = fc.constantFrom(good, ...attacks.filter((text) => text.length < 2_000));
  const cut = fc.record({ text: piece, from: fc.nat(400), length: fc.nat(400) });
  fc.assert(
    fc.property(fc.array(cut, { minLength: 1, maxLength: 6 }), piece, fc.nat(2_000), (cuts, more, at) => {
      const spliced = cuts.map(({ text, from, length }) => text.slice(from, from + length)).join("");
      hold(good.slice(0, at) + spliced + good.slice(at), more);
    }),
    { numRuns: 300 },
  );
});
