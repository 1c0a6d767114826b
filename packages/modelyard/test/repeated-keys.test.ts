import { Cancellation, type Transport, type TransportRequest } from "@modelyard/core/kit";
import { createGateway } from "@modelyard/gateway";
import { createRouter } from "@modelyard/router";
import { describe, expect, it } from "vitest";
import { anthropic, openai } from "../src/index.js";

const decoder = new TextDecoder();
const choice = { index: 0, finish_reason: "stop", message: { role: "assistant", content: "hi" } };
const answers = {
  openai: { id: "x", object: "chat.completion", created: 1, model: "m", choices: [choice] },
  anthropic: {
    id: "m",
    type: "message",
    role: "assistant",
    content: [{ type: "text", text: "hi" }],
    stop_reason: "end_turn",
    usage: { input_tokens: 1, output_tokens: 1 },
  },
};

/** The body that the vendor receives for a body of the caller. */
async function sentFor(model: keyof typeof answers, body: string): Promise<string> {
  const requests: TransportRequest[] = [];
  const transport: Transport = {
    send: (request) => {
      requests.push(request);
      const bytes = new TextEncoder().encode(JSON.stringify(answers[model]));
      return Promise.resolve({
        status: 200,
        header: (name) => (name === "content-type" ? "application/json" : undefined),
        bytes: () => Promise.resolve(bytes),
        body: async function* () {
          yield bytes;
        },
        discard: () => undefined,
      });
    },
    close: () => Promise.resolve(),
  };
  const gateway = createGateway(
    createRouter({
      providers: [openai({ apiKey: "key", transport }), anthropic({ apiKey: "key", transport })],
      modelList: [
        { modelName: "openai", model: "openai/gpt-4o" },
        { modelName: "anthropic", model: "anthropic/claude-sonnet-4-5" },
      ],
    }),
  );
  const response = await gateway.handle({
    method: "POST",
    path: "/v1/chat/completions",
    header: () => undefined,
    body: () => Promise.resolve(new TextEncoder().encode(body)),
    cancellation: new Cancellation(),
  });
  expect([response.status, requests.length]).toEqual([200, 1]);
  const sent = requests[0]?.body ?? "";
  return typeof sent === "string" ? sent : decoder.decode(sent);
}

const times = (text: string, part: string): number => text.split(part).length - 1;

describe("a duplicate key in a request", () => {
  const message = '"messages":[{"role":"user","content":"hi"}]';

  it.each([
    ["at the top", `"max_tokens":1000000,${message},"max_tokens":7`, '"max_tokens":', '"max_tokens":7'],
    ["in escapes", `"max_t\\u006fkens":1000000,${message},"max_tokens":7`, "max_t", '"max_tokens":7'],
    [
      "in a message",
      '"messages":[{"role":"user","content":"first"},{"role":"user","content":"a","content":"last"}]',
      '"content":',
      '"last"',
    ],
    [
      "in a tool",
      `${message},"tools":[{"type":"function","function":{"name":"a","name":"b"}}]`,
      '"name":',
      '"name":"b"',
    ],
  ])("reaches OpenAI once, with the last value: %s", async (_, fields, key, kept) => {
    const body = `{"model":"openai",${fields}}`.replaceAll("\\\\u", "\\u");
    const sent = await sentFor("openai", body);
    const parsed = JSON.parse(body) as object;
    expect(JSON.parse(sent)).toEqual({ ...parsed, model: "gpt-4o" });
    expect(times(sent, key)).toBe(times(JSON.stringify(parsed), key));
    expect(sent).toContain(kept);
  });

  it("reaches Anthropic with the last value", async () => {
    const sent = await sentFor("anthropic", `{"model":"anthropic","max_tokens":1000000,${message},"max_tokens":7}`);
    expect(times(sent, "max_tokens")).toBe(1);
    expect(JSON.parse(sent)).toMatchObject({ max_tokens: 7 });
  });

  it("does not change the bytes of other requests: numbers and spaces stay as they were sent", async () => {
    const fields = `${message} ,  "seed": 12345678901234567890, "x": {"a":{"a":1.0}}, "y": {"a":2}`;
    expect(await sentFor("openai", `{"model":"openai", ${fields}}`)).toBe(`{"model":"gpt-4o", ${fields}}`);
  });
});
