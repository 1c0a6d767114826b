import type { ChatRequest, JsonObject, Provider, Usage } from "@modelyard/core";
import {
  ChatWriter,
  eventStream,
  failureKind,
  type HttpExchange,
  httpProvider,
  type HttpProviderOptions,
  readFailure,
  toVendorError,
} from "@modelyard/provider-kit";

/** A line that acme sends. A plain answer is one line; a stream has one line per word. */
interface Line extends JsonObject {
  readonly say?: string;
  readonly stop?: "stop" | "length";
  /** Tokens of the prompt and of the answer. */
  readonly used?: readonly [number, number];
  /** The end mark of a stream. */
  readonly bye?: boolean;
  /** The reason of a failure. */
  readonly oops?: string;
}

/** What an answer needs to know of its request. */
interface Asked {
  readonly chat: ChatWriter;
  readonly showsUsage: boolean;
}

function usageOf([input, output]: readonly [number, number]): Usage {
  return { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
}

/** @throws the failure that a line reports, and for what is not a line of acme's */
function read(line: Line, exchange: HttpExchange<Asked>): Line {
  if (typeof line.oops === "string") throw exchange.failure(JSON.stringify(line));
  if (!["say", "stop", "bye"].some((field) => field in line)) throw new TypeError("not a line of acme's");
  return line;
}

/** Acme calls the reason of a failure `oops`. Other bodies, such as a proxy's page, are read as they are. */
function inKnownWords(body: string): string {
  try {
    const { oops } = JSON.parse(body) as Line;
    return typeof oops === "string" ? JSON.stringify({ message: oops }) : body;
  } catch {
    return body;
  }
}

/** Acme's API: `POST /speak`, answered with lines of JSON. */
export function acme(options: HttpProviderOptions = {}): Provider {
  return httpProvider<Asked>(
    {
      name: "acme",
      claims: /^acme-/u,
      auth: (apiKey) => ({ "x-acme-key": apiKey?.reveal() ?? "" }),
      operations: {
        chat: {
          path: "/speak",
          write({ model, request, stream }, exchange) {
            const { messages, stream_options: shown } = request as ChatRequest;
            const chat = new ChatWriter({ id: "acme", created: exchange.created, model });
            exchange.facts = { chat, showsUsage: shown?.include_usage === true };
            return JSON.stringify({ model, messages, stream });
          },
          answer(value, exchange) {
            const { say = "", stop = "stop", used } = read(value, exchange);
            return exchange.facts.chat.answer(say, stop, used && usageOf(used));
          },
          parts(exchange) {
            const { chat, showsUsage } = exchange.facts;
            const translate = (line: Line, draft: Parameters<ChatWriter["text"]>[0]): void => {
              const { say = "", stop, used, bye = false } = read(line, exchange);
              chat.text(draft, say);
              if (stop !== undefined) chat.end(draft, stop);
              if (used !== undefined) chat.usage(draft, usageOf(used), showsUsage);
              draft.done = bye;
            };
            return eventStream(exchange, { translate }, { format: "lines" });
          },
        },
      },
      toError(call) {
        const words = readFailure(inKnownWords(call.body), call.now);
        return toVendorError(call, { kind: failureKind(call.status, words), words, requestIdHeaders: [] });
      },
    },
    options,
  );
}
