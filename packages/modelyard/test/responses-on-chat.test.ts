// Tests the requests of Cursor's agent, which are Responses requests at the path of chats, in front of vendors of each wire.
import { createGateway, toFetchHandler } from "@modelyard/gateway";
import { startUpstream, type Upstream } from "@modelyard/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { routerFromYaml } from "../src/index.js";

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream();
});
afterEach(() => {
  upstream.reset();
});
afterAll(() => upstream.close());

const body = {
  model: "fast",
  input: [{ role: "user", content: "hi" }],
  include: ["reasoning.encrypted_content"],
  reasoning: { effort: "medium", summary: "auto" },
  text: { verbosity: "low" },
  tools: [
    { type: "function", name: "read", parameters: { type: "object", properties: {} } },
    { type: "custom", name: "ApplyPatch", format: { type: "grammar", syntax: "lark", definition: "start: PATCH" } },
  ],
};

describe.each([
  ["openai/responses/gpt-5.5", "/v1/responses", "/v1"],
  ["openai/gpt-5.1", "/v1/chat/completions", "/v1"],
  ["anthropic/claude-sonnet-4-5", "/v1/messages", ""],
])("a Responses request at the path of chats, with %s", (model, asked, path) => {
  it.each([false, true])(
    "is answered with a chat completion, and reports what was dropped (stream: %s)",
    async (stream) => {
      const address = `${upstream.url("a")}${path}`;
      const wire = asked.endsWith("completions") ? ", wire: chat" : "";
      const { router, close } = await routerFromYaml(
        `model_list:
  - model_name: fast
    litellm_params: { model: ${model}, api_key: k, api_base: "${address}"${wire} }
`,
        { env: {} },
      );
      const handle = toFetchHandler(createGateway(router, { masterKey: "sk-client" }));
      const response = await handle("http://gateway/v1/chat/completions", {
        method: "POST",
        headers: { authorization: "Bearer sk-client", "content-type": "application/json" },
        body: JSON.stringify({ ...body, stream, stream_options: { include_usage: true } }),
      });
      const text = await response.text();
      expect([response.status, text]).toEqual([200, expect.stringContaining("chat.completion")]);
      expect(upstream.calls.map((call) => call.path)).toEqual([expect.stringContaining(asked)]);
      expect(upstream.calls[0]?.body).not.toHaveProperty("stream_options.include_usage", asked.endsWith("responses"));
      const dropped = response.headers.get("x-modelyard-dropped") ?? "";
      expect(dropped.includes("reasoning.summary")).toBe(asked.endsWith("completions"));
      const whole = stream
        ? text
            .split("\n\n")
            .filter((event) => event.startsWith("data: {"))
            .map((event) => JSON.parse(event.slice(6)) as { choices: { delta: { content?: string } }[] })
            .flatMap(({ choices }) => choices.map(({ delta }) => delta.content ?? ""))
            .join("")
        : (JSON.parse(text) as { choices: { message: { content: string } }[] }).choices[0]?.message.content;
      expect(whole).toBe("Hello from upstream");
      expect(text).toMatch(
        stream ? /"usage":\{"prompt_tokens":\d+[^]*data: \[DONE\]\n\n$/u : /"usage":\{"prompt_tokens":\d+/u,
      );
      await close();
    },
  );
});

describe("an answer of Responses at the path of chats", () => {
  const cited = {
    type: "output_text",
    text: "Hi",
    annotations: [{ type: "file_citation", index: 0, file_id: "f", filename: "a.txt" }],
  };
  const answer = {
    id: "resp_1",
    object: "response",
    created_at: 1,
    status: "completed",
    model: "m",
    output: [
      { type: "web_search_call", id: "ws_1", status: "completed", action: { type: "search", query: "q" } },
      { type: "message", id: "msg_1", role: "assistant", status: "completed", content: [cited] },
    ],
    usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 },
  };
  const lost = "answer.content[], answer.citations";

  it.each([false, true])("reports what the chat completion has no place for (stream: %s)", async (stream) => {
    const added = answer.output.map((item, index) => ({
      type: "response.output_item.done",
      output_index: index,
      item,
    }));
    const events = [
      { type: "response.created", response: { ...answer, status: "in_progress", output: [] } },
      ...added,
      { type: "response.completed", response: answer },
    ];
    const sse = events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join("");
    upstream.script(
      {},
      stream ? { body: sse, headers: { "content-type": "text/event-stream" } } : { body: JSON.stringify(answer) },
    );
    const { router, close } = await routerFromYaml(
      `model_list:
  - model_name: fast
    litellm_params: { model: openai/responses/gpt-5.5, api_key: k, api_base: "${upstream.url("a")}/v1" }
`,
      { env: {} },
    );
    const handle = toFetchHandler(createGateway(router));
    const response = await handle("http://gateway/v1/chat/completions", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ ...body, tools: undefined, stream }),
    });
    const text = await response.text();
    expect(text).toContain('"content":"Hi"');
    const comment = /\n\n: x-modelyard-dropped: (?<paths>[^\n]*)\n\ndata: \[DONE\]\n\n$/u.exec(text)?.groups?.["paths"];
    expect(stream ? comment : response.headers.get("x-modelyard-dropped")).toBe(lost);
    await close();
  });
});
