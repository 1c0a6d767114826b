import type { JsonObject } from "@modelyard/core";
import { type Bytes, isJsonObject, type SurfaceAnswer } from "@modelyard/core/kit";
import { describeSurface, type ReadStream } from "@modelyard/testing/conformance";
import { messagesSurface as customSurface, recordingOf } from "./support/messages-surface.js";
import { uploadOf } from "./support/multipart.js";
import { messagesSurface } from "../src/surfaces/messages.js";
import { openaiSurface } from "../src/surfaces/openai.js";
import { responsesSurface } from "../src/surfaces/responses.js";

const decoder = new TextDecoder();

function textOf(body: Bytes | undefined): string {
  return typeof body === "string" ? body : decoder.decode(body);
}

function json({ body }: SurfaceAnswer): JsonObject {
  return JSON.parse(textOf(body)) as JsonObject;
}

const readError = (answer: SurfaceAnswer): string => {
  const { error } = json(answer);
  return isJsonObject(error) ? String(error["message"]) : "";
};

/** The data of the events of a stream. */
function dataOf(bytes: Uint8Array): readonly string[] {
  return decoder
    .decode(bytes)
    .split("\n\n")
    .flatMap((event) => event.split("\n").filter((line) => line.startsWith("data: ")))
    .map((line) => line.slice("data: ".length));
}

interface OpenAIEvent {
  readonly choices?: readonly { readonly delta: { readonly content?: string } }[];
  readonly error?: { readonly message: string };
}

function readChunks(bytes: Uint8Array): ReadStream {
  const data = dataOf(bytes);
  const events = data.filter((one) => one !== "[DONE]").map((one) => JSON.parse(one) as OpenAIEvent);
  return {
    text: events.map(({ choices = [] }) => choices[0]?.delta.content ?? "").join(""),
    whole: data.at(-1) === "[DONE]",
    error: events.find(({ error }) => error !== undefined)?.error?.message,
  };
}

const hello = { model: "gpt-4", messages: [{ role: "user", content: "Grüße ✓" }] };
const readChoice = (answer: SurfaceAnswer): string => {
  const [choice] = json(answer)["choices"] as readonly { readonly message: { readonly content: string } }[];
  return choice?.message.content ?? "";
};

describeSurface("openaiSurface", {
  create: () => openaiSurface,
  readError,
  examples: [
    {
      name: "a chat",
      path: "/v1/chat/completions",
      body: JSON.stringify(hello),
      request: hello,
      readAnswer: readChoice,
      readStream: readChunks,
    },
    {
      name: "a chat of more than 4 KB",
      path: "/v1/chat/completions",
      body: JSON.stringify({ ...hello, user: "é".repeat(5_000) }),
      request: hello,
    },
    {
      name: "a chat of more than 1 MB",
      path: "/v1/chat/completions",
      body: JSON.stringify({ ...hello, user: "x".repeat(1_100_000) }),
      request: hello,
    },
    {
      name: "a chat whose path names the model",
      path: "/v1/chat/completions",
      params: { model: "azure-name" },
      body: JSON.stringify({ ...hello, model: "another" }),
      request: { ...hello, model: "azure-name" },
    },
    {
      name: "a text completion",
      path: "/v1/completions",
      body: JSON.stringify({ model: "gpt-4", prompt: "once" }),
      request: { model: "gpt-4", prompt: "once" },
    },
    {
      name: "embeddings",
      path: "/v1/embeddings",
      body: JSON.stringify({ model: "gpt-4", input: ["once"] }),
      request: { model: "gpt-4", input: ["once"] },
    },
  ],
});

interface MessageEvent {
  readonly type: string;
  readonly delta?: { readonly text: string };
  readonly error?: { readonly message: string };
}

function readEvents(bytes: Uint8Array): ReadStream {
  const events = dataOf(bytes).map((data) => JSON.parse(data) as MessageEvent);
  return {
    text: events.map(({ delta }) => delta?.text ?? "").join(""),
    whole: events.at(-1)?.type === "message_stop" || events.some(({ type }) => type === "message_stop"),
    error: events.find(({ type }) => type === "error")?.error?.message,
  };
}

const message = { ...hello, max_tokens: 10 };
const messageExample = {
  name: "a message",
  path: "/v1/messages",
  body: JSON.stringify(message),
  request: message,
  readAnswer: (answer: SurfaceAnswer) => {
    const [content] = json(answer)["content"] as readonly { readonly text: string }[];
    return content?.text ?? "";
  },
  readStream: readEvents,
};

describeSurface("messagesSurface", {
  create: () => messagesSurface,
  readError: (answer) => readError(answer).replace("prompt is too long: ", ""),
  statuses: {
    quota_exhausted: 402,
    timeout: 504,
    overloaded: 529,
    service_unavailable: 529,
    no_deployment_available: 529,
    stream_interrupted: 529,
    api_error: 502,
    unprocessable_entity: 400,
  },
  examples: [
    messageExample,
    {
      name: "a message with more than 1 MB",
      path: "/v1/messages",
      body: JSON.stringify({ ...message, system: "x".repeat(1_100_000) }),
      request: message,
    },
    { name: "a count", path: "/v1/messages/count_tokens", body: JSON.stringify(message), request: message },
  ],
});

interface ResponseEvent {
  readonly type: string;
  readonly delta?: string;
  readonly message?: string;
  readonly sequence_number: number;
}

function readResponse(bytes: Uint8Array): ReadStream {
  const events = dataOf(bytes).map((data) => JSON.parse(data) as ResponseEvent);
  return {
    text: events.map(({ type, delta }) => (type === "response.output_text.delta" ? delta : "")).join(""),
    whole: events.some(({ type }) => type === "response.completed"),
    error: events.at(-1)?.type === "response.failed" ? events.at(-2)?.message : undefined,
  };
}

const question = { model: "gpt-4", input: [{ role: "user", content: "Grüße ✓" }] };

describeSurface("responsesSurface", {
  create: () => responsesSurface,
  readError,
  examples: [
    {
      name: "a response",
      path: "/v1/responses",
      body: JSON.stringify(question),
      request: question,
      readAnswer: (answer) => {
        const [item] = json(answer)["output"] as readonly { readonly content: readonly { readonly text: string }[] }[];
        return item?.content[0]?.text ?? "";
      },
      readStream: readResponse,
    },
    ...["compact", "input_tokens"].map((name) => ({
      name,
      path: `/v1/responses/${name}`,
      body: JSON.stringify(question),
      request: question,
    })),
  ],
});

const upload = uploadOf("Grüße ✓");
const frame = recordingOf("").length - 1;

describeSurface("a surface with its own events, uploads and recordings", {
  create: () => customSurface,
  readError,
  statuses: { overloaded: 529 },
  examples: [
    messageExample,
    {
      name: "a request without a body",
      path: "/v1/models/{model}/memories/{memory}",
      params: { model: "gpt-4", memory: "me" },
      body: "",
      request: { model: "gpt-4", messages: [{ role: "user", content: "Forget me." }] },
    },
    {
      name: "an upload",
      path: "/v1/models/{model}/recordings/{voice...}",
      params: { model: "gpt-4", voice: "alto/soft" },
      headers: { "content-type": upload.contentType },
      body: upload.body,
      request: { model: "gpt-4", messages: hello.messages },
      readAnswer: ({ body }) => textOf((body as Uint8Array).subarray(frame, -1)),
      readStream: (bytes) => {
        const whole = bytes.at(-1) === 0xfe;
        return { text: textOf(bytes.subarray(frame, whole ? -1 : undefined)), whole, error: undefined };
      },
    },
  ],
});
