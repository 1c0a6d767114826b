import type { AnswerOf, ErrorKind, RateLimitReport, Usage } from "@modelyard/core";

/** What the texts of a scripted stream are. */
export type ScriptedContent = "text" | "reasoning" | "refusal" | "tool_call";

/** What a scripted call does. Times in milliseconds. */
export type ProviderBehaviour =
  | {
      readonly type: "answer";
      readonly text: string;
      readonly usage: Usage;
      readonly delayMs: number;
      /** Instead of an answer that says the text. */
      readonly value?: AnswerOf;
      readonly rateLimit?: RateLimitReport;
    }
  | {
      readonly type: "failure";
      readonly kind: ErrorKind;
      readonly status?: number;
      readonly retryAfterMs?: number;
      readonly delayMs: number;
    }
  | {
      readonly type: "stream";
      readonly texts: readonly string[];
      readonly content: ScriptedContent;
      readonly firstTokenMs: number;
      readonly gapMs: number;
      readonly finish: boolean;
      /** @defaultValue `tool_calls` after tool calls, else `stop` */
      readonly finishReason?: string;
      readonly done: boolean;
      /** Comes with the finish reason. */
      readonly usage: Usage | undefined;
      /** Fails after so many texts. */
      readonly failAfter: number | undefined;
      /** With this. */
      readonly failKind: ErrorKind;
      /** Falls silent after so many texts. */
      readonly hangAfter: number | undefined;
      readonly rateLimit?: RateLimitReport;
    }
  /** Silent until called off. */
  | { readonly type: "hang" }
  /** Silent, and deaf to being called off. */
  | { readonly type: "deaf" };

export const tenTokens: Usage = { prompt_tokens: 4, completion_tokens: 6, total_tokens: 10 };

/** A whole answer, whatever was asked for. */
export function answers(
  text = "hello",
  options: Partial<Omit<Extract<ProviderBehaviour, { type: "answer" }>, "type" | "text">> = {},
): ProviderBehaviour {
  return { type: "answer", text, delayMs: 0, usage: tenTokens, ...options };
}

/** A provider error of that kind. */
export function fails(
  kind: ErrorKind,
  options: Partial<Omit<Extract<ProviderBehaviour, { type: "failure" }>, "type" | "kind">> = {},
): ProviderBehaviour {
  return { type: "failure", kind, delayMs: 0, ...options };
}

/** A stream of one part for each text; finish reason and end mark follow unless they are turned off. */
export function streams(
  texts: readonly string[],
  options: Partial<Omit<Extract<ProviderBehaviour, { type: "stream" }>, "type" | "texts">> = {},
): ProviderBehaviour {
  return {
    type: "stream",
    texts,
    content: "text",
    firstTokenMs: 0,
    gapMs: 0,
    finish: true,
    done: true,
    usage: tenTokens,
    failAfter: undefined,
    failKind: "internal_server",
    hangAfter: undefined,
    ...options,
  };
}

/** Silent until called off. */
export function hangs(): ProviderBehaviour {
  return { type: "hang" };
}

/** Silent, whatever one does: what a faulty provider would be like. */
export function ignoresCancellation(): ProviderBehaviour {
  return { type: "deaf" };
}
