import type { ChatRequest, JsonObject, Provider, ProviderCall, Usage } from "@modelyard/core";
import { createProviderError, isJsonObject, type StreamPart } from "@modelyard/core/kit";
import { vendorFailure } from "../../src/upstream/vendor-failures.js";

/** What a provider does at the end of an answer. A mutant replaces one of these. */
export interface Endings {
  reasonOf(choice: JsonObject): unknown;
  /** The error inside a choice. */
  errorIn(choice: JsonObject): unknown;
  /** The message of an error. */
  wordsOf(error: unknown): string;
  isContent(delta: JsonObject): boolean;
  /** How an event changes the number of finished choices. */
  countOf(event: { readonly reason: unknown; readonly content: boolean; readonly ended: boolean }): number;
  /** Whether an event is the last one to be read. */
  isLast(event: { readonly reason: unknown }): boolean;
  /** Whether an event starts a separate part. */
  isApart(event: { readonly reason: unknown }): boolean;
  /** The finish reasons in the facts of a part. */
  factsOf(reasons: readonly string[]): readonly string[] | undefined;
  /** The messages that are sent. */
  messagesOf(call: ProviderCall): readonly unknown[];
  continuesFromPrefix(model: string): boolean;
  readonly readsUsage: boolean;
}

const ordinary: ReadonlySet<unknown> = new Set([null, "stop", "length", "tool_calls"]);

export const rightEndings: Endings = {
  reasonOf: (choice) => choice["finish_reason"] ?? null,
  errorIn: (choice) => choice["error"],
  wordsOf: (error) => (isJsonObject(error) ? String(error["message"]) : ""),
  isContent: (delta) => (delta["content"] ?? "") !== "" || delta["tool_calls"] !== undefined,
  countOf: ({ reason, content, ended }) =>
    (content && ended ? -1 : 0) + (reason !== null && (content || !ended) ? 1 : 0),
  isLast: () => false,
  isApart: ({ reason }) => !ordinary.has(reason),
  factsOf: (reasons) => reasons,
  messagesOf: ({ request, continues }) => {
    const { messages } = request as ChatRequest;
    const last = messages.at(-1);
    return continues === true ? [...messages.slice(0, -1), { ...last, prefix: true }] : messages;
  },
  continuesFromPrefix: (model) => !model.includes("new"),
  readsUsage: true,
};

/** Error kinds of the failures that the scripted upstream puts into a choice. */
const kinds = [
  ["rate_limit_tokens", "rate_limit"],
  ["context_window", "context_window_exceeded"],
  ["server_error", "internal_server"],
] as const;

function failureOf(error: unknown, { wordsOf }: Endings): Error {
  const code = isJsonObject(error) ? error["code"] : undefined;
  const named = kinds.find(([name]) => {
    const { status, body } = vendorFailure("openai", name);
    return code === ((JSON.parse(body) as { error: { code?: unknown } }).error.code ?? status);
  });
  return createProviderError({ kind: named?.[1] ?? "api_error", provider: "small", message: wordsOf(error) });
}

/** A minimal provider for the tests of endings: OpenAI's chats and text completions over `fetch`. */
export function smallProvider(own: Partial<Endings>): Provider {
  const endings = { ...rightEndings, ...own };
  return {
    name: "small",
    specVersion: 1,
    operations: ["chat"],
    continuesFromPrefix: endings.continuesFromPrefix,
    async call(_, call) {
      const response = await fetch(`${call.deployment.connection.baseUrl ?? ""}/chat/completions`, {
        method: "POST",
        body: JSON.stringify({ ...call.request, model: call.model, messages: endings.messagesOf(call) }),
      });
      if (call.stream) return { kind: "stream", parts: partsOf(response, endings) };
      const value = (await response.json()) as { readonly choices: readonly JsonObject[] };
      return {
        kind: "answer",
        value: { ...value, choices: value.choices.map((one) => choiceOf(one, endings)) } as never,
      };
    },
  };
}

function choiceOf(choice: JsonObject, endings: Endings): JsonObject {
  const error = endings.errorIn(choice);
  if (error !== undefined) throw failureOf(error, endings);
  return { ...choice, finish_reason: endings.reasonOf(choice) };
}

/** Combines events that arrived together into one part, except those that must be separate. */
async function* partsOf(response: Response, endings: Endings): AsyncGenerator<StreamPart> {
  const decoder = new TextDecoder();
  let rest = "";
  let ended = false;
  for await (const bytes of response.body!) {
    const texts = (rest + decoder.decode(bytes, { stream: true })).split("\n\n");
    rest = texts.pop() ?? "";
    let part = emptyPart();
    for (const text of texts) {
      const data = text.replace(/^data: /u, "");
      if (data === "[DONE]") {
        yield given({ ...part, done: true }, endings);
        return;
      }
      const event = eventOf(data, endings);
      if (event instanceof Error || endings.isApart(event)) {
        if (part.chunks.length > 0) yield given(part, endings);
        part = emptyPart();
      }
      if (event instanceof Error) throw event;
      const { chunk, reason, content, usage } = event;
      const count = endings.countOf({ reason, content, ended });
      part = {
        ...part,
        chunks: [...part.chunks, chunk] as never,
        content: part.content || content,
        finished: part.finished + count,
        finishReasons: [...(part.finishReasons ?? []), ...(typeof reason === "string" ? [reason] : [])],
        usage: usage ?? part.usage,
      };
      if (reason !== null) ended = true;
      else if (content) ended = false;
      if (endings.isLast(event)) {
        yield given({ ...part, done: true }, endings);
        return;
      }
    }
    if (part.chunks.length > 0) yield given(part, endings);
  }
}

function emptyPart(): StreamPart {
  return {
    chunks: [],
    bytes: undefined,
    content: false,
    finished: 0,
    finishReasons: [],
    done: false,
    usage: undefined,
  };
}

function given(part: StreamPart, { factsOf }: Endings): StreamPart {
  return { ...part, finishReasons: factsOf(part.finishReasons ?? []) };
}

interface StreamEvent {
  readonly chunk: JsonObject;
  readonly reason: unknown;
  readonly content: boolean;
  readonly usage: Usage | undefined;
}

function eventOf(data: string, endings: Endings): StreamEvent | Error {
  const chunk = JSON.parse(data) as JsonObject;
  const [choice] = (chunk["choices"] ?? []) as readonly JsonObject[];
  const error = choice === undefined ? undefined : endings.errorIn(choice);
  if (error !== undefined) return failureOf(error, endings);
  const reason = choice === undefined ? null : endings.reasonOf(choice);
  const choices = choice === undefined ? [] : [{ ...choice, finish_reason: reason }];
  const usage = endings.readsUsage ? ((chunk["usage"] ?? undefined) as Usage | undefined) : undefined;
  const content = choice !== undefined && endings.isContent((choice["delta"] ?? {}) as JsonObject);
  return { chunk: { ...chunk, choices }, reason, content, usage };
}
