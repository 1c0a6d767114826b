// Tools, choices, formats and efforts on each crossing.
import { describe, expect, it } from "vitest";
import { chat, messages, responses, type WireName } from "../src/index.js";
import type { JsonObject } from "../src/json.js";
import { bare } from "./fields.js";
import { crossed, type Options } from "./support/crossed.js";
import { claude, openaiChat } from "./targets.js";

type Row = readonly [
  name: string,
  from: WireName,
  fields: JsonObject,
  to: WireName,
  out: JsonObject,
  losses: readonly string[],
  options?: Options,
];

function rowsOf(table: readonly Row[]) {
  return table.map(([name, from, fields, to, out, losses, options = {}]) => ({
    name: `${name}, from ${from} to ${to}`,
    row: { from, fields, to, out, losses, options },
  }));
}

const schema = { type: "object", properties: { a: { type: "string" } } };
const chatFn = (more: JsonObject = {}): JsonObject => ({
  tools: [{ type: "function", function: { name: "f", ...more } }],
});
const claudeFn = (more: JsonObject = {}): JsonObject => ({ tools: [{ name: "f", input_schema: schema, ...more }] });
const lark = { type: "grammar", syntax: "lark", definition: "start: /.+/" };
const grammar = "The input must match this lark grammar:\nstart: /.+/";
const wrapped = { type: "object", properties: { input: { type: "string" } }, required: ["input"] };

describe("a tool", () => {
  it.each(
    rowsOf([
      [
        "a function",
        "chat",
        chatFn({ description: "D", parameters: schema }),
        "responses",
        { tools: [{ type: "function", name: "f", description: "D", parameters: schema, strict: false }] },
        [],
      ],
      [
        "a function",
        "chat",
        chatFn({ description: "D", parameters: schema }),
        "messages",
        { tools: [{ name: "f", description: "D", input_schema: schema }] },
        [],
      ],
      ["a function without parameters", "chat", chatFn(), "responses", { tools: [{ parameters: null }] }, []],
      [
        "a function without parameters",
        "chat",
        chatFn(),
        "messages",
        { tools: [{ input_schema: { type: "object", properties: {} } }] },
        [],
      ],
      [
        "a strict function",
        "chat",
        chatFn({ strict: true, parameters: schema }),
        "messages",
        { tools: [{ strict: true }] },
        [],
      ],
      ["a strict function", "messages", claudeFn({ strict: true }), "responses", { tools: [{ strict: true }] }, []],
      [
        "an unknown field of a function",
        "messages",
        claudeFn({ defer_loading: true }),
        "chat",
        {},
        ["dropped tools[0].defer_loading"],
      ],
      [
        "examples of a function",
        "messages",
        claudeFn({ input_examples: [{ a: "x" }] }),
        "responses",
        {},
        ["dropped tools[0].input_examples"],
      ],
      [
        "a mark on a function",
        "messages",
        claudeFn({ cache_control: { type: "ephemeral" } }),
        "responses",
        {},
        ["dropped tools[0].cache_control"],
      ],
      [
        "a custom tool",
        "responses",
        { tools: [{ type: "custom", name: "g", description: "D", format: lark }] },
        "chat",
        {
          tools: [
            {
              type: "custom",
              custom: {
                name: "g",
                description: "D",
                format: { type: "grammar", grammar: { syntax: "lark", definition: "start: /.+/" } },
              },
            },
          ],
        },
        [],
      ],
      [
        "a custom tool at a host",
        "responses",
        { tools: [{ type: "custom", name: "g", description: "D", format: lark }] },
        "chat",
        { tools: [{ type: "function", function: { name: "g", description: `D\n\n${grammar}`, parameters: wrapped } }] },
        ["converted tools[0].format"],
        { host: true },
      ],
      [
        "a custom tool",
        "chat",
        { tools: [{ type: "custom", custom: { name: "g" } }] },
        "messages",
        { tools: [{ name: "g", input_schema: wrapped }] },
        [],
      ],
      [
        "a custom tool",
        "chat",
        {
          tools: [
            {
              type: "custom",
              custom: {
                name: "g",
                format: { type: "grammar", grammar: { syntax: "lark", definition: "start: /.+/" } },
              },
            },
          ],
        },
        "responses",
        { tools: [{ type: "custom", name: "g", format: lark }] },
        [],
      ],
      [
        "a namespace",
        "responses",
        { tools: [{ type: "namespace", name: "ns", tools: [{ type: "function", name: "f", parameters: schema }] }] },
        "messages",
        { tools: [{ name: "ns__f" }] },
        [],
      ],
      [
        "a search",
        "messages",
        { tools: [{ type: "web_search_20250305", name: "web_search", allowed_domains: ["a.test"] }] },
        "responses",
        { tools: [{ type: "web_search", filters: { allowed_domains: ["a.test"] } }] },
        [],
      ],
      [
        "a bounded search",
        "messages",
        { tools: [{ type: "web_search_20250305", name: "web_search", max_uses: 2, blocked_domains: ["b.test"] }] },
        "responses",
        {},
        ["refused tools[0].blocked_domains", "refused tools[0].max_uses"],
      ],
      [
        "a search",
        "messages",
        {
          tools: [
            { type: "web_search_20250305", name: "web_search" },
            { name: "f", input_schema: schema },
          ],
        },
        "chat",
        {},
        ["refused tools[0]"],
      ],
      [
        "Codex's search beside other tools",
        "responses",
        { tools: [{ type: "web_search" }, { type: "function", name: "f", parameters: schema }] },
        "chat",
        { tools: [{ function: { name: "f" } }] },
        ["dropped tools[0]"],
      ],
      ["a search alone", "responses", { tools: [{ type: "web_search" }] }, "chat", {}, ["refused tools[0]"]],
      [
        "an MCP server",
        "responses",
        { tools: [{ type: "mcp", server_label: "m", server_url: "https://m.test", require_approval: "never" }] },
        "messages",
        { mcp_servers: [{ type: "url", name: "m", url: "https://m.test" }] },
        [],
      ],
      [
        "an MCP server that asks",
        "responses",
        { tools: [{ type: "mcp", server_label: "m", server_url: "https://m.test" }] },
        "messages",
        {},
        ["refused tools[0].require_approval"],
      ],
      [
        "a connector",
        "responses",
        { tools: [{ type: "mcp", server_label: "m", connector_id: "c", require_approval: "never" }] },
        "messages",
        {},
        ["refused tools[0]"],
      ],
      [
        "an MCP server",
        "responses",
        { tools: [{ type: "mcp", server_label: "m", server_url: "https://m.test" }] },
        "chat",
        {},
        ["refused tools[0]"],
      ],
      ...[
        "code_interpreter",
        "file_search",
        "computer_use_preview",
        "image_generation",
        "local_shell",
        "shell",
        "apply_patch",
      ].flatMap((type): Row[] => [
        [type, "responses", { tools: [{ type }] }, "chat", {}, ["refused tools[0]"]],
        [type, "responses", { tools: [{ type }] }, "messages", {}, ["refused tools[0]"]],
      ]),
      ...[
        "bash_20250124",
        "text_editor_20250728",
        "computer_20250124",
        "memory_20250818",
        "code_execution_20250825",
        "web_fetch_20250910",
      ].flatMap((type): Row[] => [
        [type, "messages", { tools: [{ type, name: "t" }] }, "chat", {}, ["refused tools[0]"]],
        [type, "messages", { tools: [{ type, name: "t" }] }, "responses", {}, ["refused tools[0]"]],
      ]),
    ]),
  )("$name", ({ row: { from, fields, to, out, losses, options } }) => {
    const written = crossed(from, to, fields, options);
    expect(written.value).toMatchObject(out);
    expect(written.losses).toEqual(losses);
  });

  it("with a name that is too long has a shorter one, and its calls come back under the long one", () => {
    const name = "n".repeat(100);
    const { names, value } = chat.writeRequest(
      messages.readRequest({ ...bare.messages, tools: [{ name, input_schema: schema }] }),
      openaiChat,
    );
    const [tool] = value["tools"] as readonly { readonly function: { readonly name: string } }[];
    expect(tool!.function.name).toMatch(/^n{55}_[0-9a-f]{8}$/u);
    expect(names.declared(tool!.function.name)).toMatchObject({ name });
  });

  it("whose name collides with another's is refused, naming both, though parameters may be dropped", () => {
    const f = { type: "function", name: "b__c", parameters: {} };
    const tools = [
      { type: "namespace", name: "a", tools: [f] },
      { type: "namespace", name: "a__b", tools: [{ ...f, name: "c" }] },
    ];
    const { losses, why } = crossed("responses", "messages", { tools }, { dropParams: true });
    expect(losses).toEqual(["refused tools[1].tools[0]"]);
    expect(why).toEqual([
      'The tools "b__c" of "a" and "c" of "a__b" would have the same name at the vendor. Rename one of them.',
    ]);
  });

  it("is a bad request where the definition lacks its name", () => {
    expect(() => responses.readRequest({ ...bare.responses, tools: [{ type: "function" }] })).toThrow(
      "tools[0].name is required",
    );
  });
});

describe("a choice of tools", () => {
  const named = {
    tools: [
      { type: "function", function: { name: "f" } },
      { type: "custom", custom: { name: "g" } },
    ],
  };
  const both = {
    tools: [
      { type: "function", name: "f" },
      { type: "function", name: "h" },
    ],
  };
  it.each(
    rowsOf([
      ...(["auto", "none", "required"] as const).flatMap((choice): Row[] => [
        [choice, "chat", { ...named, tool_choice: choice }, "responses", { tool_choice: choice }, []],
        [
          choice,
          "chat",
          { ...named, tool_choice: choice },
          "messages",
          { tool_choice: { type: choice === "required" ? "any" : choice } },
          [],
        ],
        [
          choice,
          "messages",
          { ...claudeFn(), tool_choice: { type: choice === "required" ? "any" : choice } },
          "chat",
          { tool_choice: choice },
          [],
        ],
      ]),
      [
        "one function",
        "chat",
        { ...named, tool_choice: { type: "function", function: { name: "f" } } },
        "responses",
        { tool_choice: { type: "function", name: "f" } },
        [],
      ],
      [
        "one function",
        "chat",
        { ...named, tool_choice: { type: "function", function: { name: "f" } } },
        "messages",
        { tool_choice: { type: "tool", name: "f" } },
        [],
      ],
      [
        "one function",
        "messages",
        { ...claudeFn(), tool_choice: { type: "tool", name: "f" } },
        "chat",
        { tool_choice: { type: "function", function: { name: "f" } } },
        [],
      ],
      [
        "one custom tool",
        "chat",
        { ...named, tool_choice: { type: "custom", custom: { name: "g" } } },
        "responses",
        { tool_choice: { type: "custom", name: "g" } },
        [],
      ],
      [
        "one custom tool",
        "chat",
        { ...named, tool_choice: { type: "custom", custom: { name: "g" } } },
        "messages",
        { tool_choice: { type: "tool", name: "g" } },
        [],
      ],
      [
        "some tools",
        "responses",
        { ...both, tool_choice: { type: "allowed_tools", mode: "required", tools: [{ type: "function", name: "h" }] } },
        "chat",
        {
          tool_choice: {
            type: "allowed_tools",
            allowed_tools: { mode: "required", tools: [{ type: "function", function: { name: "h" } }] },
          },
        },
        [],
      ],
      [
        "some tools",
        "responses",
        { ...both, tool_choice: { type: "allowed_tools", mode: "required", tools: [{ type: "function", name: "h" }] } },
        "messages",
        { tools: [{ name: "h" }], tool_choice: { type: "any" } },
        ["converted tool_choice"],
      ],
      [
        "a vendor's tool",
        "responses",
        { ...both, tool_choice: { type: "mcp", server_label: "m" } },
        "chat",
        {},
        ["refused tool_choice"],
      ],
      [
        "a forced tool where none can be forced",
        "chat",
        { ...named, tool_choice: "required" },
        "messages",
        { tool_choice: { type: "auto" } },
        ["refused tool_choice"],
        { claude: { traits: { ...claude.traits, forcedTools: false } } },
      ],
      [
        "calls one at a time",
        "messages",
        { ...claudeFn(), tool_choice: { type: "auto", disable_parallel_tool_use: true } },
        "responses",
        { tool_choice: "auto", parallel_tool_calls: false },
        [],
      ],
    ]),
  )("$name", ({ row: { from, fields, to, out, losses, options } }) => {
    const written = crossed(from, to, fields, options);
    expect(written.value).toMatchObject(out);
    expect(written.losses).toEqual(losses);
  });
});

describe("a format", () => {
  const json = { type: "json_schema", json_schema: { name: "n", description: "D", schema, strict: true } };
  const flat = { type: "json_schema", name: "n", description: "D", schema, strict: true };
  const words = { claude: { traits: { ...claude.traits, jsonSchema: false, forcedTools: false } } };
  const byTool = { claude: { traits: { ...claude.traits, jsonSchema: false } } };
  it.each(
    rowsOf([
      ["text", "chat", { response_format: { type: "text" } }, "responses", { text: { format: { type: "text" } } }, []],
      ["text", "chat", { response_format: { type: "text" } }, "messages", {}, []],
      [
        "JSON",
        "chat",
        { response_format: { type: "json_object" } },
        "responses",
        { text: { format: { type: "json_object" } } },
        [],
      ],
      [
        "JSON",
        "responses",
        { text: { format: { type: "json_object" } } },
        "chat",
        { response_format: { type: "json_object" } },
        [],
      ],
      [
        "JSON",
        "chat",
        { response_format: { type: "json_object" } },
        "messages",
        { tools: [{ name: "json_answer" }], tool_choice: { type: "tool", name: "json_answer" } },
        [],
      ],
      [
        "JSON in words beside tools",
        "responses",
        { text: { format: { type: "json_object" } }, tools: [{ type: "function", name: "f", strict: false }] },
        "messages",
        { system: expect.stringContaining("one JSON object"), tools: [{ name: "f" }] },
        [],
      ],
      ["a schema", "chat", { response_format: json }, "responses", { text: { format: flat } }, []],
      ["a schema", "responses", { text: { format: flat } }, "chat", { response_format: json }, []],
      [
        "a schema",
        "chat",
        { response_format: json },
        "messages",
        { output_config: { format: { type: "json_schema", schema } } },
        [],
      ],
      [
        "a schema as the input of a tool",
        "responses",
        { text: { format: flat } },
        "messages",
        { tools: [{ name: "json_answer", description: "D", input_schema: schema }] },
        [],
        byTool,
      ],
      [
        "a schema in words",
        "chat",
        { response_format: json },
        "messages",
        { system: expect.stringContaining(JSON.stringify(schema)) },
        [],
        words,
      ],
      [
        "a schema that is not strict",
        "chat",
        { response_format: { type: "json_schema", json_schema: { name: "n", schema } } },
        "responses",
        { text: { format: { strict: false } } },
        [],
      ],
      [
        "a schema",
        "messages",
        { output_config: { format: { type: "json_schema", schema } } },
        "chat",
        { response_format: { type: "json_schema", json_schema: { name: "answer", schema, strict: false } } },
        ["converted output_config.format"],
      ],
      [
        "a schema under its older name",
        "messages",
        { output_format: { type: "json_schema", schema } },
        "responses",
        { text: { format: { type: "json_schema", name: "answer", schema, strict: false } } },
        ["converted output_config.format"],
      ],
    ]),
  )("$name", ({ row: { from, fields, to, out, losses, options } }) => {
    const written = crossed(from, to, fields, options);
    expect(written.value).toMatchObject(out);
    expect(written.losses).toEqual(losses);
  });
});

describe("an effort", () => {
  const budget = { claude: { traits: { ...claude.traits, thinking: "budget" as const }, maxTokens: 50_000 } };
  const adaptive: Options = {};
  it.each(
    rowsOf([
      ...(
        [
          ["minimal", 1024, "low", true],
          ["low", 2048, "low", false],
          ["medium", 8192, "medium", false],
          ["high", 16_384, "high", false],
          ["xhigh", 32_768, "high", true],
          ["max", 32_768, "max", false],
        ] as const
      ).flatMap(([effort, tokens, level, converted]): Row[] => [
        [
          effort,
          "chat",
          { reasoning_effort: effort },
          "messages",
          { thinking: { type: "enabled", budget_tokens: tokens } },
          [],
          budget,
        ],
        [
          effort,
          "chat",
          { reasoning_effort: effort },
          "messages",
          { thinking: { type: "adaptive" }, output_config: { effort: level } },
          converted ? ["converted reasoning_effort"] : [],
          adaptive,
        ],
      ]),
      [
        "xhigh where it exists",
        "chat",
        { reasoning_effort: "xhigh" },
        "messages",
        { output_config: { effort: "xhigh" } },
        [],
        { claude: { traits: { ...claude.traits, xhigh: true } } },
      ],
      ["none", "responses", { reasoning: { effort: "none" } }, "chat", { reasoning_effort: "none" }, []],
      ...(
        [
          [12_288, "high"],
          [12_287, "medium"],
          [4096, "medium"],
          [4095, "low"],
          [1536, "low"],
          [1535, "minimal"],
        ] as const
      ).map(([tokens, effort]): Row => [
        `a budget of ${String(tokens)}`,
        "messages",
        { thinking: { type: "enabled", budget_tokens: tokens } },
        "responses",
        { reasoning: { effort } },
        ["converted thinking.budget_tokens"],
      ]),
      ["adaptive thinking", "messages", { thinking: { type: "adaptive" } }, "chat", {}, []],
      [
        "adaptive thinking with an effort",
        "messages",
        { thinking: { type: "adaptive" }, output_config: { effort: "max" } },
        "responses",
        { reasoning: { effort: "max" } },
        [],
      ],
      [
        "no thinking",
        "messages",
        { thinking: { type: "disabled" } },
        "responses",
        { reasoning: { effort: "none" } },
        [],
      ],
      [
        "thinking between tools",
        "messages",
        { thinking: { type: "between_tools" } },
        "responses",
        { reasoning: { effort: "low" } },
        ["converted thinking.type"],
      ],
      [
        "shown thinking",
        "messages",
        { thinking: { type: "adaptive", display: "summarized" } },
        "chat",
        {},
        ["dropped thinking.display"],
      ],
      [
        "a summary",
        "chat",
        { reasoning_effort: { effort: "low", summary: "auto" } },
        "chat",
        { reasoning_effort: "low" },
        ["dropped reasoning_effort.summary"],
      ],
      [
        "an effort beside a budget",
        "chat",
        { reasoning_effort: "high", thinking: { type: "enabled", budget_tokens: 2000 } },
        "messages",
        { thinking: { type: "enabled", budget_tokens: 2000 } },
        ["dropped reasoning_effort"],
        budget,
      ],
      [
        "an effort beside a budget",
        "chat",
        { reasoning_effort: "high", thinking: { type: "enabled", budget_tokens: 2000 } },
        "messages",
        { thinking: { type: "adaptive" }, output_config: { effort: "high" } },
        [],
        adaptive,
      ],
      [
        "a temperature for a model that always thinks",
        "chat",
        { temperature: 0.5 },
        "messages",
        {},
        ["refused temperature"],
        { claude: { traits: { ...claude.traits, alwaysThinks: true } } },
      ],
      [
        "shown thinking",
        "messages",
        { thinking: { type: "adaptive", display: "summarized" } },
        "responses",
        { reasoning: { summary: "auto" } },
        [],
      ],
    ]),
  )("$name", ({ row: { from, fields, to, out, losses, options } }) => {
    const written = crossed(from, to, fields, options);
    expect(written.value).toMatchObject(out);
    expect(written.losses).toEqual(losses);
  });

  it("is not shown where the caller hides its thoughts", () => {
    const { value } = crossed("messages", "responses", { thinking: { type: "adaptive", display: "omitted" } });
    expect(value).not.toHaveProperty("reasoning");
  });

  it("ends at the stop sequences that are not blank, and blank ones are reported", () => {
    const { value, losses } = crossed("chat", "messages", { stop: ["\n\n", "END"] });
    expect([value["stop_sequences"], losses]).toEqual([["END"], ["dropped stop"]]);
    expect(crossed("chat", "messages", { stop: " " }).value).not.toHaveProperty("stop_sequences");
  });

  it("is refused with the caller's own name of the limit if the answer may have no tokens", () => {
    expect(crossed("responses", "chat", { max_output_tokens: 0 }).losses).toEqual(["refused max_output_tokens"]);
    expect(crossed("messages", "chat", { max_tokens: 0 }).losses).toEqual(["refused max_tokens"]);
  });

  it("of a budget stays below the limit of the answer, of which thoughts are a part", () => {
    const { value } = crossed("chat", "messages", { reasoning_effort: "high", max_tokens: 4000 }, budget);
    expect(value).toMatchObject({ max_tokens: 4000, thinking: { type: "enabled", budget_tokens: 2000 } });
  });
});
