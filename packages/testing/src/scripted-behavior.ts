import type { ErrorKind, Usage } from "@modelyard/core";
import type { AnswerOf, RateLimitReport, VendorAnswer } from "@modelyard/core/kit";

/** The kind of content in a scripted stream. */
export type ScriptedContent = "text" | "reasoning" | "refusal" | "tool_call";

/** What a scripted call does. All times are in milliseconds. */
export type ProviderBehavior =
  | {
      readonly type: "answer";
      readonly text: string;
      readonly usage: Usage;
      readonly delayMs: number;
      /** The whole answer, instead of one that is made from the text. */
      readonly value?: AnswerOf;
      readonly rateLimit?: RateLimitReport;
    }
  | {
      readonly type: "failure";
      readonly kind: ErrorKind;
      readonly status?: number;
      readonly retryAfterMs?: number;
      /** The error as the vendor sent it. */
      readonly vendorAnswer?: VendorAnswer;
      readonly delayMs: number;
    }
  | {
      readonly type: "stream";
      readonly texts: readonly string[];
      readonly content: ScriptedContent;
      readonly firstTokenMs: number;
      readonly gapMs: number;
      readonly finish: boolean;
      /** @defaultValue `tool_calls` after tool calls, otherwise `stop` */
      readonly finishReason?: string;
      readonly done: boolean;
      /** Reported with the finish reason. */
      readonly usage: Usage | undefined;
      /** Fails after this many pieces of content. */
      readonly failAfter: number | undefined;
      /** The error to fail with. */
      readonly failKind: ErrorKind;
      /** Sends nothing more after this many pieces of content. */
      readonly hangAfter: number | undefined;
      readonly rateLimit?: RateLimitReport;
    }
  /** Never answers, but ends when the call is aborted. */
  | { readonly type: "hang" }
  /** Never answers, and ignores that the call is aborted. */
  | { readonly type: "deaf" };

export const tenTokens: Usage = { prompt_tokens: 4, completion_tokens: 6, total_tokens: 10 };

/** Answers as a whole, also if a stream was requested. */
export function answers(
  text = "hello",
  options: Partial<Omit<Extract<ProviderBehavior, { type: "answer" }>, "type" | "text">> = {},
): ProviderBehavior {
  return { type: "answer", text, delayMs: 0, usage: tenTokens, ...options };
}

/** Fails with a provider error of this kind. */
export function fails(
  kind: ErrorKind,
  options: Partial<Omit<Extract<ProviderBehavior, { type: "failure" }>, "type" | "kind">> = {},
): ProviderBehavior {
  return { type: "failure", kind, delayMs: 0, ...options };
}

/** Streams one part per text. The finish reason and the end mark follow, unless they are turned off. */
export function streams(
  texts: readonly string[],
  options: Partial<Omit<Extract<ProviderBehavior, { type: "stream" }>, "type" | "texts">> = {},
): ProviderBehavior {
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

/** Sends nothing until the call is aborted. */
export function hangs(): ProviderBehavior {
  return { type: "hang" };
}

/** Sends nothing and ignores that the call is aborted, like a faulty provider. */
export function ignoresCancellation(): ProviderBehavior {
  return { type: "deaf" };
}
