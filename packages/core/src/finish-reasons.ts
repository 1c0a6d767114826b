import { type ErrorClassName, type ErrorKind, errorKinds } from "./errors/kinds.js";

/**
 * What a finish reason says about the answer that it ends: it is complete, a token limit cut it off, the vendor's
 * filter blocked it, or the call failed with an error of that kind.
 */
export type FinishMeaning = "complete" | "cut" | "filtered" | ErrorKind;

/** Finish reasons by word, in lower case. */
export type FinishReasons = Readonly<Record<string, FinishMeaning>>;

/** What an operator may configure as the meaning of a word: an equivalent documented word, or an error class. */
export type FinishReasonMeaning = "stop" | "length" | "content_filter" | ErrorClassName;

/**
 * The words of OpenAI's wire format, and those that hosts with this format use instead. Sources: OpenAI's API reference
 * (chat completions); DeepSeek's, Z.ai's, Mistral's and OpenRouter's API references; the sources of vLLM, SGLang and
 * Text Generation Inference; Gemini API, `FinishReason`.
 */
export const openaiFinishReasons: FinishReasons = {
  stop: "complete",
  tool_calls: "complete",
  function_call: "complete",
  eos: "complete",
  eos_token: "complete",
  stop_sequence: "complete",
  end_turn: "complete",
  tool_use: "complete",
  length: "cut",
  max_tokens: "cut",
  model_length: "cut",
  content_filter: "filtered",
  error: "internal_server",
  insufficient_system_resource: "service_unavailable",
  network_error: "bad_gateway",
  model_context_window_exceeded: "context_window_exceeded",
  sensitive: "content_policy_violation",
  safety: "content_policy_violation",
  recitation: "content_policy_violation",
  blocklist: "content_policy_violation",
  prohibited_content: "content_policy_violation",
  spii: "content_policy_violation",
  malformed_function_call: "internal_server",
  unexpected_tool_call: "internal_server",
  abort: "service_unavailable",
  cancelled: "service_unavailable",
  timeout: "timeout",
};

/** Matches words that are not in any table but clearly mean a failure, e.g. `server_error` or `upstream_failure`. */
const failing = /error|fail|abort|exception|overload|unavailable|timed?_?out/u;

/**
 * The meaning of a finish reason.
 * @param reason - as the vendor wrote it
 * @param known - the operation's words
 * @param own - words of the deployment or its host, which win
 * @returns `undefined` if it is unknown, in which case an answer counts as successful if it has usable content
 */
export function finishMeaning(reason: string, known: FinishReasons, own?: FinishReasons): FinishMeaning | undefined {
  const word = reason.toLowerCase();
  if (own !== undefined && Object.hasOwn(own, word)) return own[word];
  if (Object.hasOwn(known, word)) return known[word];
  return failing.test(word) ? "internal_server" : undefined;
}

/** Whether a finish reason means that the call failed. */
export function isFailure(meaning: FinishMeaning | undefined): meaning is ErrorKind {
  return meaning !== undefined && meaning !== "complete" && meaning !== "cut" && meaning !== "filtered";
}

const meanings: Readonly<Record<string, FinishMeaning>> = {
  stop: "complete",
  length: "cut",
  content_filter: "filtered",
  ...Object.fromEntries(
    Object.entries(errorKinds).map(([kind, { className }]) => [className, kind as ErrorKind] as const),
  ),
};

/** All meanings that {@link readFinishReasons} knows. */
export const finishReasonMeanings: readonly string[] = Object.keys(meanings);

/** Reads a configured table, e.g. `{ sensitive: "ContentPolicyViolationError" }`. Skips unknown meanings. */
export function readFinishReasons(written: Readonly<Record<string, FinishReasonMeaning>>): FinishReasons {
  const entries = Object.entries(written).flatMap(([word, name]) => {
    const meaning = Object.hasOwn(meanings, name) ? meanings[name] : undefined;
    return meaning === undefined ? [] : [[word.toLowerCase(), meaning] as const];
  });
  return Object.fromEntries(entries);
}
