import { describe, expect, it } from "vitest";
import { messagesSurface } from "./surfaces/messages.js";
import { openaiSurface } from "./surfaces/openai.js";
import { responsesSurface } from "./surfaces/responses.js";
import { unknownRoute } from "./unknown-route.js";

const paths = ["/chat/completions", "/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/models"];

function messageOf(path: string, method = "POST"): string {
  const error = unknownRoute({ method, path, header: () => undefined }, [openaiSurface], paths);
  expect(error).toMatchObject({ status: 404, code: "unknown_route" });
  return error.message;
}

describe("the answer to an unknown route", () => {
  it.each(["/v1/responses", "/responses", "/v1/responses/resp_1", "/openai/v1/responses", "/openai/responses"])(
    "recommends chat completions for %s",
    (path) => {
      expect(messageOf(path)).toMatch(/Responses API is not served: set your client to chat completions/u);
    },
  );

  it.each(["/v1/messages", "/v1/messages/count_tokens", "/messages"])("recommends OpenAI's clients for %s", (path) => {
    expect(messageOf(path)).toMatch(/Anthropic's API is not served: use a client of OpenAI's API/u);
  });

  it.each([
    ["/v1/complete", "text completions are not served: use Messages (POST /v1/messages)."],
    ["/v1/conversations/conv_1", "not stored here: send the whole input with each request (POST /v1/responses)."],
    ["/v1/messages/batches", 'Did you mean "/v1/messages"?'],
    ["/v1/images/generations", "/v1/responses/input_tokens, /v1/messages and /v1/messages/count_tokens"],
  ])("says for %s what the surfaces of other APIs serve", (path, advice) => {
    const surfaces = [openaiSurface, responsesSurface, messagesSurface];
    const { message } = unknownRoute({ method: "POST", path, header: () => undefined }, surfaces, ["/v1/messages"]);
    expect(message).toContain(advice);
  });

  it.each([
    ["/v1/complete", "Anthropic's text completions are not served: use a client of OpenAI's API"],
    ["/v1/conversations", "Conversations are not stored here: set your client to chat completions"],
  ])("recommends chat completions for %s if they alone are served", (path, advice) => {
    expect(messageOf(path)).toContain(advice);
  });

  it.each([
    "/v1/moderations",
    "/v1/images/generations",
    "/v1/audio/speech",
    "/v1/files",
    "/openai/deployments/gpt/images/generations",
    "/v1/fine_tuning/jobs",
  ])("lists what is served for %s, without a wrong suggestion", (path) => {
    expect(messageOf(path)).toMatch(
      /This server offers .*\/v1\/embeddings.*; send this request to the vendor directly\.$/u,
    );
  });

  it.each([
    ["/v1/chat/completion", "/v1/chat/completions"],
    ["/v1/chat", "/v1/chat/completions"],
    ["/v1/v1/chat/completions", "/v1/chat/completions"],
    ["/v1/embedding", "/v1/embeddings"],
  ])("suggests for %s what was probably meant", (path, meant) => {
    expect(messageOf(path)).toContain(`"${meant}"`);
  });

  it.each(["/nonsense", "/", "/v1/constructor"])("lists what is served for %s", (path) => {
    expect(messageOf(path, "GET")).toContain("This server offers /v1/chat/completions");
  });

  it("explains that stored completions are not available, unlike misspelled paths", () => {
    expect(messageOf("/v1/chat/completions/chatcmpl-1", "GET")).toContain("Stored");
  });

  it("quotes only the beginning of a long path", () => {
    expect(messageOf(`/v1/${"x".repeat(100_000)}`).length).toBeLessThan(500);
  });
});
