// Roles, blocks, calls, tools and formats on each crossing: what is written, and what is reported.
import { describe, expect, it } from "vitest";
import type { WireName } from "../src/index.js";
import type { JsonObject } from "../src/json.js";
import { crossed, type Options } from "./support/crossed.js";

const user = (content: unknown): JsonObject => ({ role: "user", content });
const hi = user("Hi");
const png = "iVBORw0KGgo=";
const pngUrl = `data:image/png;base64,${png}`;

describe("roles", () => {
  it.each<[string, WireName, JsonObject, WireName, Options, JsonObject, readonly string[]]>([
    [
      "instructions of Responses are a developer's at OpenAI",
      "responses",
      { instructions: "A" },
      "chat",
      {},
      { messages: [{ role: "developer", content: "A" }, hi] },
      [],
    ],
    [
      "instructions of Responses are the system's at other hosts",
      "responses",
      { instructions: "A" },
      "chat",
      { host: true },
      { messages: [{ role: "system", content: "A" }, hi] },
      [],
    ],
    [
      "a developer's message is the system's at other hosts",
      "chat",
      { messages: [{ role: "developer", content: "A" }, hi] },
      "chat",
      { host: true },
      { messages: [{ role: "system", content: "A" }, hi] },
      [],
    ],
    [
      "texts of the system are joined by a blank line",
      "messages",
      {
        system: [
          { type: "text", text: "A" },
          { type: "text", text: "B" },
        ],
      },
      "responses",
      {},
      { instructions: "A\n\nB" },
      [],
    ],
    [
      "several texts of the system stay blocks in Messages",
      "chat",
      { messages: [{ role: "system", content: "A" }, { role: "developer", content: "B" }, hi] },
      "messages",
      {},
      {
        system: [
          { type: "text", text: "A" },
          { type: "text", text: "B" },
        ],
      },
      [],
    ],
    [
      "instructions stand in the input when JSON is asked for, where OpenAI looks for the word",
      "chat",
      { messages: [{ role: "system", content: "Answer in JSON" }, hi], response_format: { type: "json_object" } },
      "responses",
      {},
      { input: [{ role: "system", content: [{ text: "Answer in JSON" }] }, { role: "user" }] },
      [],
    ],
    [
      "instructions alone are a message, since the input must not be empty",
      "chat",
      { messages: [{ role: "system", content: "A" }] },
      "responses",
      {},
      { input: [{ type: "message", role: "system", content: [{ type: "input_text", text: "A" }] }] },
      [],
    ],
    [
      "the system in the middle of a chat joins the instructions where models do not know it",
      "chat",
      {
        messages: [
          { role: "system", content: "A" },
          hi,
          { role: "assistant", content: "Yes" },
          { role: "developer", content: [{ type: "text", text: "B", cache_control: { type: "ephemeral" } }] },
          hi,
        ],
      },
      "messages",
      {},
      {
        system: [
          { type: "text", text: "A" },
          { type: "text", text: "B", cache_control: { type: "ephemeral" } },
        ],
        messages: [{ role: "user" }, { role: "assistant" }, { role: "user" }],
      },
      ["converted messages[3]"],
    ],
    [
      "an image for the system in the middle of a chat is refused",
      "chat",
      { messages: [hi, { role: "system", content: [{ type: "image_url", image_url: "https://images.test/a.png" }] }] },
      "messages",
      {},
      { messages: [{ role: "user" }] },
      ["converted messages[1]", "refused messages[1].content[0]"],
    ],
    [
      "an image of the assistant is refused",
      "chat",
      {
        messages: [
          hi,
          { role: "assistant", content: [{ type: "image_url", image_url: "https://images.test/a.png" }] },
          hi,
        ],
      },
      "messages",
      {},
      { messages: [{ role: "user" }] },
      ["refused messages[1].content[0]"],
    ],
    [
      "the system in the middle of Responses is the user's where models do not know it",
      "responses",
      {
        input: [hi, { role: "assistant", content: "Yes" }, { role: "system", content: "B" }, hi],
      },
      "messages",
      {},
      {
        messages: [
          { role: "user" },
          { role: "assistant" },
          user([
            { type: "text", text: "B" },
            { type: "text", text: "Hi" },
          ]),
        ],
      },
      ["converted input[2]"],
    ],
    [
      "the system in the middle stays where models know it",
      "chat",
      { messages: [hi, { role: "assistant", content: "Yes" }, { role: "system", content: "B" }, hi] },
      "messages",
      { claude: { systemTurns: true } },
      {
        messages: [
          { role: "user" },
          { role: "assistant" },
          { role: "system", content: [{ type: "text", text: "B" }] },
          { role: "user" },
        ],
      },
      [],
    ],
    [
      "the system in the middle of Messages is a message at its place",
      "messages",
      { messages: [hi, { role: "assistant", content: "Yes" }, { role: "system", content: "B" }, hi] },
      "responses",
      {},
      {
        input: [
          { role: "user" },
          { role: "assistant" },
          { role: "system", content: [{ text: "B" }] },
          { role: "user" },
        ],
      },
      [],
    ],
    [
      "messages of one role that follow each other are one in Messages",
      "chat",
      { messages: [user("A"), user("B")] },
      "messages",
      {},
      {
        messages: [
          user([
            { type: "text", text: "A" },
            { type: "text", text: "B" },
          ]),
        ],
      },
      [],
    ],
    [
      "a participant's name is dropped",
      "chat",
      { messages: [{ ...hi, name: "bo" }] },
      "messages",
      {},
      {},
      ["dropped messages[0].name"],
    ],
    [
      "a beginning of the answer stays",
      "messages",
      { messages: [hi, { role: "assistant", content: "{" }] },
      "chat",
      {},
      { messages: [hi, { role: "assistant", content: "{" }] },
      [],
    ],
    [
      "a conversation that begins with the model gets a beginning",
      "chat",
      { messages: [{ role: "assistant", content: "Hello" }, hi] },
      "messages",
      {},
      { messages: [{ role: "user" }, { role: "assistant" }, { role: "user" }] },
      ["synthesised messages"],
    ],
    [
      "the phase of a message is known to Responses only",
      "responses",
      {
        input: [
          hi,
          { type: "message", role: "assistant", phase: "commentary", content: [{ type: "output_text", text: "A" }] },
          hi,
        ],
      },
      "chat",
      {},
      { messages: [hi, { role: "assistant", content: "A" }, hi] },
      ["dropped input[1].phase"],
    ],
  ])("%s", (_, from, fields, to, options, expected, losses) => {
    const written = crossed(from, to, fields, options);
    expect(written.value).toMatchObject(expected);
    expect(written.losses).toEqual(losses);
  });
});

/** One part of the user's on each crossing. An empty list: it is omitted. */
const parts: readonly (readonly [
  name: string,
  from: WireName,
  part: JsonObject,
  to: WireName,
  written: readonly JsonObject[],
  losses: readonly string[],
  options?: Options,
])[] = [
  [
    "an address of an image",
    "chat",
    { type: "image_url", image_url: { url: "https://a.test/a.png" } },
    "messages",
    [{ type: "image", source: { type: "url", url: "https://a.test/a.png" } }],
    [],
  ],
  [
    "an address of an image",
    "messages",
    { type: "image", source: { type: "url", url: "https://a.test/a.png" } },
    "responses",
    [{ type: "input_image", detail: "auto", image_url: "https://a.test/a.png" }],
    [],
  ],
  [
    "the bytes of an image",
    "messages",
    { type: "image", source: { type: "base64", media_type: "image/png", data: png } },
    "chat",
    [{ type: "image_url", image_url: { url: pngUrl } }],
    [],
  ],
  [
    "the bytes of an image",
    "responses",
    { type: "input_image", image_url: pngUrl, detail: "high" },
    "chat",
    [{ type: "image_url", image_url: { url: pngUrl, detail: "high" } }],
    [],
  ],
  [
    "a detail",
    "chat",
    { type: "image_url", image_url: { url: pngUrl, detail: "high" } },
    "messages",
    [{ type: "image" }],
    ["dropped #.detail"],
  ],
  [
    "an image of another type",
    "chat",
    { type: "image_url", image_url: { url: "data:image/bmp;base64,AAAA" } },
    "messages",
    [],
    ["refused #"],
  ],
  ["an uploaded image", "responses", { type: "input_image", file_id: "f" }, "chat", [], ["refused #"]],
  [
    "an uploaded image",
    "messages",
    { type: "image", source: { type: "file", file_id: "f" } },
    "responses",
    [],
    ["refused #"],
  ],
  [
    "transformations of an image",
    "messages",
    { type: "image", source: { type: "url", url: "https://a.test/a" }, transformations: [{ a: 1 }] },
    "chat",
    [{ type: "image_url" }],
    ["dropped #.transformations"],
  ],
  [
    "the bytes of a PDF",
    "messages",
    { type: "document", source: { type: "base64", media_type: "application/pdf", data: "JVBE" } },
    "responses",
    [{ type: "input_file", filename: "document.pdf", file_data: "data:application/pdf;base64,JVBE" }],
    [],
  ],
  [
    "the bytes of a PDF with a title",
    "messages",
    { type: "document", title: "T", source: { type: "base64", media_type: "application/pdf", data: "JVBE" } },
    "chat",
    [{ type: "file", file: { filename: "T", file_data: "data:application/pdf;base64,JVBE" } }],
    [],
  ],
  [
    "the bytes of a PDF",
    "chat",
    { type: "file", file: { filename: "a.pdf", file_data: "data:application/pdf;base64,JVBE" } },
    "messages",
    [{ type: "document", title: "a.pdf", source: { type: "base64", media_type: "application/pdf", data: "JVBE" } }],
    [],
  ],
  [
    "the address of a PDF",
    "messages",
    { type: "document", source: { type: "url", url: "https://a.test/a.pdf" } },
    "chat",
    [],
    ["refused #"],
  ],
  [
    "the address of a PDF",
    "messages",
    { type: "document", source: { type: "url", url: "https://a.test/a.pdf" } },
    "responses",
    [{ type: "input_file", file_url: "https://a.test/a.pdf" }],
    [],
  ],
  ["an uploaded file", "chat", { type: "file", file: { file_id: "f" } }, "messages", [], ["refused #"]],
  [
    "an uploaded file",
    "chat",
    { type: "file", file: { file_id: "f" } },
    "responses",
    [{ type: "input_file", file_id: "f" }],
    [],
  ],
  [
    "a document of text",
    "messages",
    { type: "document", title: "T", source: { type: "text", media_type: "text/plain", data: "Words" } },
    "chat",
    [
      { type: "text", text: "T" },
      { type: "text", text: "Words" },
    ],
    ["converted #"],
  ],
  [
    "a document of blocks",
    "messages",
    { type: "document", context: "C", source: { type: "content", content: [{ type: "text", text: "Words" }] } },
    "responses",
    [
      { type: "input_text", text: "C" },
      { type: "input_text", text: "Words" },
    ],
    ["converted #"],
  ],
  [
    "a document to cite",
    "messages",
    { type: "document", citations: { enabled: true }, source: { type: "url", url: "https://a.test/a.pdf" } },
    "responses",
    [{ type: "input_file" }],
    ["refused #.citations"],
  ],
  [
    "a document not to cite",
    "messages",
    { type: "document", citations: { enabled: false }, source: { type: "url", url: "https://a.test/a.pdf" } },
    "responses",
    [{ type: "input_file" }],
    [],
  ],
  [
    "a search result",
    "messages",
    { type: "search_result", title: "T", source: "https://a.test", content: [{ type: "text", text: "Words" }] },
    "chat",
    [{ type: "text", text: "T\nhttps://a.test\nWords" }],
    ["converted #"],
  ],
  [
    "audio",
    "chat",
    { type: "input_audio", input_audio: { data: "AA==", format: "wav" } },
    "responses",
    [],
    ["refused #"],
  ],
  [
    "audio",
    "chat",
    { type: "input_audio", input_audio: { data: "AA==", format: "wav" } },
    "messages",
    [],
    ["refused #"],
  ],
  [
    "a mark",
    "messages",
    { type: "text", text: "M", cache_control: { type: "ephemeral" } },
    "chat",
    [{ type: "text", text: "M", prompt_cache_breakpoint: { mode: "explicit" } }],
    [],
    { cacheMarks: true },
  ],
  [
    "a mark",
    "messages",
    { type: "text", text: "M", cache_control: { type: "ephemeral" } },
    "responses",
    [{ type: "input_text", text: "M" }],
    ["dropped #.cache_control"],
  ],
  [
    "a mark of OpenAI's",
    "chat",
    { type: "text", text: "M", prompt_cache_breakpoint: { mode: "explicit" } },
    "messages",
    [{ type: "text", text: "M", cache_control: { type: "ephemeral" } }],
    [],
  ],
  [
    "a mark for half a day",
    "responses",
    { type: "input_text", text: "M", prompt_cache_breakpoint: { mode: "explicit", ttl: "12h" } },
    "messages",
    [{ type: "text", text: "M", cache_control: { type: "ephemeral", ttl: "1h" } }],
    ["converted #.cache_control"],
  ],
  ["an unknown part", "chat", { type: "new", a: 1 }, "messages", [], ["refused #"]],
  [
    "an unknown field of a part",
    "messages",
    { type: "text", text: "A", x_new: 1 },
    "chat",
    [{ type: "text", text: "A" }],
    ["dropped #.x_new"],
  ],
  ["an upload for a container", "messages", { type: "container_upload", file_id: "f" }, "responses", [], ["refused #"]],
];

describe("a part of the user's message", () => {
  const rows = parts.map(([name, from, part, to, written, losses, options = {}]) => ({
    name: `${name} of ${from}, ${JSON.stringify(part)}, is right for ${to}`,
    row: { from, part, to, written, losses, options },
  }));

  it.each(rows)("$name", ({ row: { from, part, to, written, losses, options } }) => {
    const key = from === "responses" ? "input" : "messages";
    // Another part before it: a message of nothing would be refused.
    const text = { type: from === "responses" ? "input_text" : "text", text: "First" };
    const result = crossed(from, to, { [key]: [user([text, part])] }, options);
    const list = (result.value["messages"] ?? result.value["input"]) as readonly JsonObject[];
    const content = list.at(-1)?.["content"];
    // One text is written as a string.
    const shown = Array.isArray(content) ? (content as unknown[]).slice(1) : [];
    expect(shown).toHaveLength(written.length);
    expect(shown).toMatchObject(written);
    expect(result.losses).toEqual(losses.map((loss) => loss.replace("#", `${key}[0].content[1]`)));
  });

  it.each<[WireName, JsonObject, WireName]>([
    ["chat", { messages: [user([{ type: "input_audio", input_audio: { data: "AA==", format: "wav" } }])] }, "messages"],
    ["chat", { messages: [user([{ type: "new" }])] }, "responses"],
    ["messages", { messages: [user([{ type: "container_upload", file_id: "f" }])] }, "chat"],
  ])("is refused from %s, even with drop_params, if nothing of the last message is left", (from, fields, to) => {
    const { losses } = crossed(from, to, fields, { dropParams: true });
    expect(losses.filter((loss) => loss.startsWith("refused"))).toEqual(["refused messages[0]"]);
  });

  it("reports a mark on instructions, which are a field of Responses", () => {
    const system = [{ type: "text", text: "S", cache_control: { type: "ephemeral" } }];
    const { value, losses } = crossed("messages", "responses", { system, messages: [user("A")] });
    expect(value).toMatchObject({ instructions: "S" });
    expect(losses).toEqual(["dropped system[0].cache_control"]);
  });

  it("has at most four marks, the last of the request", () => {
    const marked = (text: string): JsonObject => ({
      type: "text",
      text,
      prompt_cache_breakpoint: { mode: "explicit" },
    });
    const { value, losses } = crossed("chat", "messages", { messages: [user(["A", "B", "C", "D", "E"].map(marked))] });
    expect(JSON.stringify(value).match(/cache_control/gu)).toHaveLength(4);
    expect(losses).toEqual(["dropped messages[0].content[0].cache_control"]);
  });
});

const call = (id: string, input = "{}"): JsonObject => ({
  id,
  type: "function",
  function: { name: "f", arguments: input },
});
const asked = (...messages: readonly JsonObject[]): JsonObject => ({ messages: [hi, ...messages] });

describe("a tool's call", () => {
  it.each<[string, WireName, JsonObject, WireName, Options, JsonObject, readonly string[]]>([
    [
      "of a function has its arguments as they were written",
      "chat",
      asked(
        { role: "assistant", content: null, tool_calls: [call("a", '{"n": 1.0}')] },
        { role: "tool", tool_call_id: "a", content: "1" },
      ),
      "responses",
      {},
      {
        input: [
          {},
          { type: "function_call", call_id: "a", name: "f", arguments: '{"n": 1.0}' },
          { type: "function_call_output", call_id: "a", output: "1" },
        ],
      },
      [],
    ],
    [
      "of a custom tool is a function with one argument elsewhere",
      "responses",
      {
        input: [
          hi,
          { type: "custom_tool_call", call_id: "a", name: "g", input: "raw" },
          { type: "custom_tool_call_output", call_id: "a", output: "ok" },
        ],
      },
      "chat",
      { host: true },
      {
        messages: [
          hi,
          {
            role: "assistant",
            tool_calls: [{ id: "a", type: "function", function: { name: "g", arguments: '{"input":"raw"}' } }],
          },
          { role: "tool", content: "ok" },
        ],
      },
      [],
    ],
    [
      "of a custom tool is one in Chat Completions of OpenAI",
      "responses",
      {
        input: [
          hi,
          { type: "custom_tool_call", call_id: "a", name: "g", input: "raw" },
          { type: "custom_tool_call_output", call_id: "a", output: "ok" },
        ],
      },
      "chat",
      {},
      {
        messages: [
          hi,
          { role: "assistant", tool_calls: [{ id: "a", type: "custom", custom: { name: "g", input: "raw" } }] },
          { role: "tool", content: "ok" },
        ],
      },
      [],
    ],
    [
      "in a namespace has its full name elsewhere",
      "responses",
      {
        input: [
          hi,
          { type: "function_call", call_id: "a", name: "f", namespace: "ns", arguments: "{}" },
          { type: "function_call_output", call_id: "a", output: "ok" },
        ],
      },
      "messages",
      {},
      {
        messages: [
          {},
          { role: "assistant", content: [{ type: "tool_use", id: "a", name: "ns__f", input: {} }] },
          { role: "user" },
        ],
      },
      [],
    ],
    [
      "without arguments has an empty object",
      "chat",
      asked(
        { role: "assistant", content: null, tool_calls: [call("a", "")] },
        { role: "tool", tool_call_id: "a", content: "1" },
      ),
      "messages",
      {},
      { messages: [{}, { content: [{ type: "tool_use", input: {} }] }, {}] },
      [],
    ],
    [
      "with an id of other characters has one that the vendor takes",
      "chat",
      asked(
        { role: "assistant", content: null, tool_calls: [call("a.1:b")] },
        { role: "tool", tool_call_id: "a.1:b", content: "1" },
      ),
      "messages",
      {},
      { messages: [{}, { content: [{ id: "a_1_b" }] }, { content: [{ tool_use_id: "a_1_b" }] }] },
      [],
    ],
    [
      "that the user's text interrupts keeps the order of the blocks",
      "messages",
      {
        messages: [
          hi,
          {
            role: "assistant",
            content: [
              { type: "text", text: "A" },
              { type: "tool_use", id: "a", name: "f", input: {} },
              { type: "text", text: "B" },
            ],
          },
          user([{ type: "tool_result", tool_use_id: "a", content: "1" }]),
        ],
      },
      "responses",
      {},
      {
        input: [
          {},
          { content: [{ text: "A" }] },
          { type: "function_call" },
          { content: [{ text: "B" }] },
          { type: "function_call_output" },
        ],
      },
      [],
    ],
    [
      "before a text is reported in Chat Completions, which has texts first",
      "messages",
      {
        messages: [
          hi,
          {
            role: "assistant",
            content: [
              { type: "tool_use", id: "a", name: "f", input: {} },
              { type: "text", text: "B" },
            ],
          },
          user([{ type: "tool_result", tool_use_id: "a", content: "1" }]),
        ],
      },
      "chat",
      {},
      { messages: [{}, { content: "B", tool_calls: [{ id: "a" }] }, {}] },
      ["converted messages[1].content[1]"],
    ],
  ])("%s", (_, from, fields, to, options, expected, losses) => {
    const written = crossed(from, to, fields, options);
    expect(written.value).toMatchObject(expected);
    expect(written.losses).toEqual(losses);
  });

  it.each<[string, JsonObject, RegExp]>([
    [
      "whose arguments are not an object",
      asked(
        { role: "assistant", content: null, tool_calls: [call("a", "[1")] },
        { role: "tool", tool_call_id: "a", content: "1" },
      ),
      /arguments that are not a JSON object/u,
    ],
    [
      "without a result",
      asked({ role: "assistant", content: null, tool_calls: [call("a")] }, hi),
      /messages\[1\]\.tool_calls\[0\] is the call "a", but no later turn has its result/u,
    ],
    [
      "that is missing for a result",
      asked({ role: "tool", tool_call_id: "a", content: "1" }),
      /messages\[1\] is the result of the call "a"/u,
    ],
  ])("%s is a bad request", (_, fields, message) => {
    expect(() => crossed("chat", "messages", fields)).toThrow(message);
  });

  it("gets the result without an id, if it is the only one", () => {
    const { value } = crossed(
      "chat",
      "responses",
      asked({ role: "assistant", content: null, tool_calls: [call("a")] }, { role: "tool", content: "1" }),
    );
    expect(value["input"]).toMatchObject([{}, { call_id: "a" }, { call_id: "a", output: "1" }]);
  });
});

describe("a tool's result", () => {
  const result = (content: unknown, more: JsonObject = {}): JsonObject => ({
    messages: [
      hi,
      { role: "assistant", content: [{ type: "tool_use", id: "a", name: "f", input: {} }] },
      user([{ type: "tool_result", tool_use_id: "a", content, ...more }]),
    ],
  });
  const image = { type: "image", source: { type: "base64", media_type: "image/png", data: png } };

  it.each<[string, JsonObject, WireName, JsonObject, readonly string[]]>([
    [
      "of text is text",
      result("1"),
      "chat",
      { messages: [{}, {}, { role: "tool", tool_call_id: "a", content: "1" }] },
      [],
    ],
    [
      "with an image has it behind all results in Chat Completions",
      result([{ type: "text", text: "1" }, image]),
      "chat",
      {
        messages: [
          {},
          {},
          { role: "tool", content: "1" },
          user([
            { type: "text", text: "[image of tool call a]" },
            { type: "image_url", image_url: { url: pngUrl } },
          ]),
        ],
      },
      ["converted messages[2].content[0].content[1]"],
    ],
    [
      "with an image is a list in Responses",
      result([{ type: "text", text: "1" }, image]),
      "responses",
      {
        input: [
          {},
          {},
          {
            type: "function_call_output",
            output: [
              { type: "input_text", text: "1" },
              { type: "input_image", image_url: pngUrl },
            ],
          },
        ],
      },
      [],
    ],
    [
      "of a failure says so in Chat Completions",
      result("1", { is_error: true }),
      "chat",
      { messages: [{}, {}, { content: "[tool error] 1" }] },
      ["converted messages[2].content[0].is_error"],
    ],
    [
      "of a failure says so in Responses",
      result("1", { is_error: true }),
      "responses",
      { input: [{}, {}, { output: "[tool error] 1" }] },
      ["converted messages[2].content[0].is_error"],
    ],
    [
      "that did not fail says nothing",
      result("1", { is_error: false }),
      "responses",
      { input: [{}, {}, { output: "1" }] },
      [],
    ],
    ["of nothing is empty", result([]), "responses", { input: [{}, {}, { output: "" }] }, []],
  ])("%s", (_, fields, to, expected, losses) => {
    const written = crossed("messages", to, fields);
    expect(written.value).toMatchObject(expected);
    expect(written.losses).toEqual(losses);
  });

  it.each([
    ["[tool error] 1", { content: "1", is_error: true }],
    [
      [
        { type: "input_text", text: "[tool error]" },
        { type: "input_image", image_url: pngUrl },
      ],
      { content: [{ type: "image" }], is_error: true },
    ],
    ["[tool errors] 1", { content: "[tool errors] 1" }],
  ])("of a failure in Responses, as it is written here, is one in Messages: %j", (output, expected) => {
    const called = { type: "function_call", call_id: "a", name: "f", arguments: "{}" };
    const input = [hi, called, { type: "function_call_output", call_id: "a", output }];
    const { value, losses } = crossed("responses", "messages", { input });
    expect(value["messages"]).toMatchObject([{}, {}, { content: [{ type: "tool_result", ...expected }] }]);
    expect(losses).toEqual([]);
  });
});

describe("the API version 2026-10-21", () => {
  const citation = {
    type: "char_location",
    cited_text: "x",
    document_index: 0,
    start_char_index: 0,
    end_char_index: 1,
  };
  const strict: Options = { claude: { apiVersion: "2026-10-21" } };
  const cited = { messages: [user([{ type: "text", text: "A", citations: [citation] }])] };
  const document = { type: "document", source: { type: "url", url: "https://a.test/a.pdf" } };
  const written = { messages: [hi, { role: "assistant", content: [{ type: "text", text: "See" }, document] }, hi] };

  it("gets no citations of the user, and earlier versions do", () => {
    const { value, losses } = crossed("messages", "messages", cited, strict);
    expect(value["messages"]).toEqual([user([{ type: "text", text: "A" }])]);
    expect(losses).toEqual(["dropped messages[0].content[0].citations"]);
    expect(crossed("messages", "messages", cited).value).toMatchObject(cited);
  });

  it("gets no documents of the model, and earlier versions do", () => {
    expect(crossed("messages", "messages", written, strict).losses).toEqual(["refused messages[1].content[1]"]);
    expect(JSON.stringify(crossed("messages", "messages", written).value)).toContain("a.pdf");
  });
});
