// What callers receive when vendors fail. An error in OpenAI's format is passed on as the vendor sent it.
import { type Behavior, breaks, refuses, startUpstream, type Upstream } from "@modelyard/testing";
import { anthropic, openai } from "modelyard";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loggingCallback } from "../../src/log/logging-callback.js";
import { type Proxy, type ProxyOptions, startProxy } from "./proxy.js";

let upstream: Upstream;
let proxy: Proxy | undefined;
beforeEach(async () => {
  upstream = await startUpstream();
});
afterEach(async () => {
  await proxy?.close();
  proxy = undefined;
  await upstream.close();
});

const fails = (status: number, body: unknown): Behavior =>
  refuses(status, { body: typeof body === "string" ? body : JSON.stringify(body) });

interface Asked {
  readonly behavior: Behavior;
  readonly model?: string;
  readonly router?: ProxyOptions["router"];
  readonly stream?: boolean;
}

async function ask({ behavior, model = "openai/gpt-4", router, stream = false }: Asked) {
  const apiBase = model.startsWith("anthropic/") ? upstream.url("a") : `${upstream.url("a")}/v1`;
  const modelList = ["gpt", "spare"].map((modelName) => ({ modelName, model, apiKey: "sk-canary", apiBase }));
  proxy = await startProxy({ router: { providers: [openai(), anthropic()], modelList, numRetries: 0, ...router } });
  upstream.script({}, behavior);
  const response = await fetch(`${proxy.origin}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "gpt", messages: [{ role: "user", content: "hi" }], stream }),
  });
  const text = await response.text();
  return { status: response.status, text, error: errorIn(text) };
}

/** The error in a plain body, or in the error event of a stream. */
function errorIn(text: string): Readonly<Record<string, unknown>> {
  const last = text.split("\n\n").find((event) => event.includes('"error"')) ?? "{}";
  const { error = {} } = JSON.parse(last.replace(/^data: /u, "")) as { error?: Readonly<Record<string, unknown>> };
  return error;
}

const limited = {
  message: "Rate limit reached for gpt-4 in organization org-x on tokens per min (TPM): Limit 10.",
  type: "tokens",
  param: null,
  code: "rate_limit_exceeded",
};

describe("an error from a vendor of the caller's wire", () => {
  it.each([false, true])("is passed on as the vendor sent it (stream: %s)", async (stream) => {
    const { status, error } = await ask({ behavior: fails(429, { error: limited }), stream });
    expect({ status, error }).toEqual({ status: 429, error: { ...limited, source: "provider" } });
  });

  it.each([
    [400, { message: "Invalid 'temperature'.", type: "invalid_request_error", param: "temperature", code: null }],
    [401, { message: "Incorrect API key.", type: "invalid_request_error", param: null, code: "invalid_api_key" }],
    [404, { message: "There is no such model.", type: "invalid_request_error", param: null, code: "model_not_found" }],
    [500, { message: "The server had an error.", type: "server_error", param: null, code: null }],
    // Groq and Azure have additional fields.
    [400, { message: "Failed.", type: "invalid_request_error", code: "tool_use_failed", failed_generation: "<x>" }],
    [
      400,
      {
        message: "The response was filtered due to the prompt triggering the content management policy.",
        type: null,
        param: "prompt",
        code: "content_filter",
        status: 400,
        innererror: { code: "ResponsibleAIPolicyViolation", content_filter_result: { hate: { filtered: true } } },
      },
    ],
  ])("keeps its status and fields: %i, %j", async (status, object) => {
    const answer = await ask({ behavior: fails(status, { error: object }) });
    expect(answer).toMatchObject({ status, error: object });
  });

  it("has additional fields for the number of attempts and for the vendor's name", async () => {
    const { error } = await ask({
      behavior: fails(500, { error: limited }),
      router: { fallbacks: { gpt: ["spare"] } },
    });
    const attempts = "2 attempts: gpt x1, spare x1; from openai/gpt-4, status 500";
    expect(error).toEqual({ ...limited, source: "provider", attempts });
  });

  it("loses the fields that contain a key, and no others", async () => {
    const { text, error } = await ask({
      behavior: fails(401, {
        error: { message: "No sk-canary here.", type: "t", code: "sk-canary", extra: { key: ["sk-canary"] }, more: 1 },
      }),
    });
    expect(text).not.toContain("canary");
    expect(error).toMatchObject({ message: "No [key] here.", type: "t", code: "invalid_api_key", more: 1 });
    expect(error).not.toHaveProperty("extra");
  });

  it("loses fields that are too long or nested too deeply", async () => {
    const deep = `{"error":{"message":"m","type":"t","long":"${"x".repeat(5_000)}","deep":${"[".repeat(20_000)}${"]".repeat(20_000)}}}`;
    const { error } = await ask({ behavior: fails(400, deep) });
    expect(error).toEqual({ message: "m", type: "t", param: null, code: "bad_request", source: "provider" });
  });
});

describe("an error from a vendor of another format", () => {
  const reason = "The moon is in the wrong phase.";

  it.each([
    ["Google", 400, { error: { code: 400, message: reason, status: "INVALID_ARGUMENT" } }],
    ["Google, in a list", 400, [{ error: { code: 400, message: reason, status: "INVALID_ARGUMENT" } }]],
    ["Mistral", 400, { object: "error", message: reason, type: "invalid_request_error", param: null, code: "3051" }],
    ["FastAPI", 400, { detail: reason }],
    ["xAI", 400, { code: "invalid", error: reason }],
    ["vLLM", 400, { error: { message: reason, type: "BadRequestError", param: null, code: 400 } }],
    ["a page", 502, `<html><head><title>${reason}</title></head></html>`],
    ["plain text", 502, reason],
    ["an error in a 200", 200, { error: { message: reason, code: 502 } }],
  ])("starts the message with the vendor's reason, in OpenAI's fields: %s", async (_, status, body) => {
    const { error } = await ask({ behavior: status === 200 ? { body: JSON.stringify(body) } : fails(status, body) });
    expect(error["message"]).toBe(reason);
    expect([typeof error["type"], typeof error["code"]]).toEqual(["string", "string"]);
  });

  it("gives the reason of the host that OpenRouter quotes", async () => {
    const raw = JSON.stringify({ error: { message: reason } });
    const metadata = { raw, provider_name: "X" };
    const { error } = await ask({
      behavior: fails(400, { error: { message: "Provider returned error", code: 400, metadata } }),
    });
    expect(error["message"]).toBe(`${reason} (from X)`);
  });

  it("has OpenAI's type and code if the vendor has another wire", async () => {
    const { error, status } = await ask({
      behavior: fails(529, { type: "error", error: { type: "overloaded_error", message: "Overloaded" } }),
      model: "anthropic/claude-sonnet-4-5",
    });
    expect({ status, error }).toEqual({
      status: 503,
      error: { message: "Overloaded", type: "server_error", param: null, code: "overloaded", source: "provider" },
    });
  });

  it("is logged with the deployment that answered", async () => {
    const lines: unknown[] = [];
    const log = (fields: object, message: string): void => {
      lines.push({ ...fields, message });
    };
    const logger = { debug: log, info: log, warn: log, error: log };
    await ask({
      behavior: fails(529, { error: { message: "Overloaded" } }),
      router: { callbacks: [loggingCallback({ logger, verbose: false, secrets: () => [] })] },
    });
    expect(lines).toMatchObject([
      {
        message: "request failed",
        status: 503,
        attempts: [{ model: "openai/gpt-4", error: "overloaded", status: 529 }],
      },
    ]);
  });

  it("has the proxy's own message, with the vendor's name, if the vendor gave none", async () => {
    const { error } = await ask({ behavior: fails(418, "") });
    expect(error["message"]).toBe("openai answered 418 and gave no reason.");
  });

  it("starts the error event of a stream that had shown content", async () => {
    const { text, error } = await ask({ behavior: breaks("error_event_after_content"), stream: true });
    expect(text).not.toContain("[DONE]");
    expect(error).toMatchObject({
      message: "The server had an error while processing your request. Sorry about that!",
      type: "server_error",
      code: null,
      source: "provider",
      usage: { estimated: true },
    });
  });
});
