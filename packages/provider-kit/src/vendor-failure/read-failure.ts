import type { JsonObject } from "@modelyard/core";
import { boundedWait, isJsonObject, parseReset, type WaitMs } from "@modelyard/core/kit";
import { type FailureWords, statusOf, textOf } from "./failure-words.js";
import { readGoogleDetails } from "./google-details.js";
import { isOpenaiError } from "./openai-error.js";
import { readableText } from "./readable-text.js";
import { readValidationList } from "./validation-list.js";

/** Longer bodies are not parsed; vendors say what is wrong in fewer characters. */
const longestBody = 1_048_576;
/** How deeply quoted bodies are read: gateways quote the body of the host behind them, which may do the same. */
const deepestQuote = 3;
/** The messages of gateways that give the reason in the body that they quote. */
const saysNothing = /^(?:provider returned error|upstream error|unknown error|error)\.?$/iu;

/** Fields that may contain the reason, the most specific first. */
const messageFields = [
  "message",
  "detail",
  "msg",
  "error",
  "title",
  "error_message",
  "error_msg",
  "status_msg",
  "Message",
] as const;
/** Fields with the wait in seconds. `estimated_time`: Hugging Face, while a model is loading. */
const secondsFields = ["retry_after", "retryAfter", "retry_after_seconds", "estimated_time"] as const;
const millisecondsFields = ["retry_after_ms", "retryAfterMs"] as const;

/** One object of an error body that is being read. */
interface Reading {
  readonly fields: JsonObject;
  readonly depth: number;
  readonly now: number;
}

function parse(text: string): unknown {
  if (text.length > longestBody) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function looksLikeJson(text: string): boolean {
  return text.startsWith("{") || text.startsWith("[");
}

/** Reads a message that is a quoted body, a list or an object like a body. */
function nested(value: unknown, { depth, now }: Reading): FailureWords | undefined {
  if (depth >= deepestQuote) return undefined;
  if (typeof value === "string") {
    const text = value.trim();
    if (!looksLikeJson(text)) return undefined;
    const parsed = parse(text);
    return parsed === undefined ? undefined : wordsOf(parsed, depth + 1, now);
  }
  return typeof value === "object" && value !== null ? wordsOf(value, depth + 1, now) : undefined;
}

function messageOf(reading: Reading): FailureWords {
  for (const name of messageFields) {
    const value = reading.fields[name];
    const inner = nested(value, reading);
    if (inner?.message !== undefined) return inner;
    const message = textOf(value);
    if (message !== undefined) return { message };
  }
  return {};
}

/** A code that is a word or one of the vendor's own numbers. Statuses are read elsewhere. */
function codeOf({ fields }: Reading): string | undefined {
  const inner = isJsonObject(fields["innererror"]) ? fields["innererror"] : undefined;
  if (inner?.["code"] === "ResponsibleAIPolicyViolation" || isFiltered(inner?.["content_filter_result"]))
    return "content_filter";
  const details = isJsonObject(fields["details"]) ? fields["details"] : undefined;
  const code = details?.["error_code"] ?? fields["code"] ?? fields["error_code"] ?? fields["errorCode"];
  if (typeof code === "number") return statusOf(code) === undefined && Number.isFinite(code) ? String(code) : undefined;
  return textOf(code);
}

/** Azure's verdict: one of its categories was filtered. */
function isFiltered(result: unknown): boolean {
  return isJsonObject(result) && Object.values(result).some((one) => isJsonObject(one) && one["filtered"] === true);
}

function typeOf({ fields }: Reading): string | undefined {
  const status = textOf(fields["status"]);
  return (
    textOf(fields["type"]) ?? textOf(fields["error_type"]) ?? (statusOf(status) === undefined ? status : undefined)
  );
}

function secondsToMs(value: unknown): WaitMs | undefined {
  const seconds = typeof value === "string" && /^\d+(?:\.\d+)?$/u.test(value) ? Number(value) : value;
  return typeof seconds === "number" ? boundedWait(seconds * 1_000) : undefined;
}

function waitOf({ fields, now }: Reading): WaitMs | undefined {
  for (const name of millisecondsFields) {
    const wait = boundedWait(fields[name]);
    if (wait !== undefined) return wait;
  }
  for (const name of secondsFields) {
    const wait = secondsToMs(fields[name]);
    if (wait !== undefined) return wait;
  }
  const metadata = isJsonObject(fields["metadata"]) ? fields["metadata"] : undefined;
  const headers = isJsonObject(metadata?.["headers"]) ? metadata["headers"] : {};
  let reset: WaitMs | undefined;
  for (const [name, value] of Object.entries(headers).slice(0, 50)) {
    if (name.toLowerCase() === "retry-after") return secondsToMs(value);
    if (name.toLowerCase() === "x-ratelimit-reset" && typeof value === "string")
      reset = boundedWait(parseReset(value, now));
  }
  return reset ?? secondsToMs(metadata?.["retry_after_seconds"] ?? metadata?.["retry_after"]);
}

/** Reads OpenRouter's `metadata`: what the host behind it answered, and the name of that host. */
function quoted(reading: Reading): FailureWords | undefined {
  const metadata = reading.fields["metadata"];
  if (!isJsonObject(metadata)) return undefined;
  const { raw } = metadata;
  const words = nested(raw, reading) ?? (typeof raw === "string" ? { message: readableText(raw) } : undefined);
  if (words?.message === undefined) return undefined;
  const name = textOf(metadata["provider_name"]);
  return name === undefined ? words : { ...words, message: `${words.message} (from ${name.slice(0, 100)})` };
}

/** @param outer - the object around an `error` object, which may have fields that the `error` object lacks */
function fromFields(reading: Reading, outer: JsonObject = {}): FailureWords {
  const { fields, now } = reading;
  const stated = messageOf(reading);
  const behind = stated.message === undefined || saysNothing.test(stated.message) ? quoted(reading) : undefined;
  const google = Array.isArray(fields["details"])
    ? readGoogleDetails(fields["details"] as readonly unknown[], now)
    : undefined;
  const inner = behind ?? stated;
  return {
    message: inner.message ?? stated.message,
    code: inner.code ?? google?.reason ?? codeOf(reading),
    type: inner.type ?? typeOf(reading),
    param: inner.param ?? textOf(fields["param"]),
    status: statusOf(fields["status"]) ?? statusOf(fields["code"]) ?? statusOf(fields["status_code"]) ?? stated.status,
    requestId: textOf(outer["request_id"]) ?? textOf(fields["request_id"]),
    waitMs: inner.waitMs ?? google?.waitMs ?? waitOf(reading) ?? waitOf({ ...reading, fields: outer }),
    window: inner.window ?? google?.window,
  };
}

function fromList(list: readonly unknown[], depth: number, now: number): FailureWords {
  const problems = readValidationList(list);
  if (problems !== undefined && list.some((item) => isJsonObject(item) && item["msg"] !== undefined)) return problems;
  return list.length === 0 ? {} : wordsOf(list[0], depth + 1, now);
}

/** Reads a JSON value. Only known fields are visited, so its depth and size do not matter. */
function wordsOf(value: unknown, depth: number, now: number): FailureWords {
  if (depth > deepestQuote + 2) return {};
  if (typeof value === "string") return { message: readableText(value) };
  if (Array.isArray(value)) return fromList(value as readonly unknown[], depth, now);
  if (!isJsonObject(value)) return {};
  const { error, errors, detail, base_resp: base } = value;
  if (isJsonObject(error)) {
    const words = fromFields({ fields: error, depth, now }, value);
    return depth === 0 && isOpenaiError(error, words) ? { ...words, openaiError: error } : words;
  }
  // MiniMax.
  if (isJsonObject(base))
    return { ...fromFields({ fields: base, depth, now }, value), code: numberText(base["status_code"]) };
  const list = [detail, errors, error].find((one) => Array.isArray(one) && one.length > 0);
  const own = fromFields({ fields: value, depth, now });
  if (list === undefined || (own.message !== undefined && list !== detail)) return own;
  return { ...own, ...present(fromList(list as readonly unknown[], depth, now)) };
}

function numberText(value: unknown): string | undefined {
  return typeof value === "number" ? String(value) : undefined;
}

function present(words: FailureWords): FailureWords {
  return Object.fromEntries(Object.entries(words).filter(([, value]) => value !== undefined));
}

/**
 * Reads an error body in any of the shapes that hosts use: OpenAI's, Anthropic's, Google's, FastAPI's, gateways that
 * quote the host behind them, web pages and plain text. Never throws.
 * @param now - milliseconds since the Unix epoch
 */
export function readFailure(body: string, now: number): FailureWords {
  const text = body.trim();
  const parsed = parse(text);
  if (parsed !== undefined) return wordsOf(parsed, 0, now);
  return { message: looksLikeJson(text) ? cutMessage(text) : readableText(text) };
}

/** The message in a JSON text that was cut off. */
function cutMessage(text: string): string | undefined {
  const found = /"message"\s*:\s*"(?<message>(?:[^"\\]|\\.){1,8000})/u.exec(text.slice(0, 65_536));
  try {
    return textOf(JSON.parse(`"${found?.groups?.["message"] ?? ""}"`));
  } catch {
    return undefined;
  }
}
