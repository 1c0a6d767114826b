import type { JsonObject } from "@modelyard/core";
import type { WaitMs } from "@modelyard/core/kit";

/** The facts in a vendor's error body, whatever its shape. They are not trusted yet: texts may quote keys. */
export interface FailureWords {
  /** The reason, for a person to read. */
  readonly message?: string | undefined;
  readonly code?: string | undefined;
  readonly type?: string | undefined;
  /** The request's field at fault. */
  readonly param?: string | undefined;
  /** The HTTP status that the body names, if the failure came in an answer with a good status. */
  readonly status?: number | undefined;
  readonly requestId?: string | undefined;
  /** The wait that a field of the body asks for. Waits in the message are read separately. */
  readonly waitMs?: WaitMs | undefined;
  /** The window of the used-up quota, if the body names it. */
  readonly window?: "minute" | "day" | undefined;
  /** The `error` object, if it has OpenAI's shape and its message is the reason. */
  readonly openaiError?: JsonObject | undefined;
}

/** Limit for the part of a vendor's text that is read, in characters, since patterns are slow on long texts. */
const longestText = 8_000;

/** Control characters, which terminals and log viewers interpret. Tabs and line ends are kept. */
const control = /(?![\t\n])\p{Cc}/gu;

/** A string that is not blank, bounded and without control characters; `undefined` for anything else. */
export function textOf(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  const text = value.slice(0, longestText).replaceAll("\r\n", "\n").replaceAll(control, " ").trim();
  return text === "" ? undefined : text;
}

/** An HTTP status of a failure, as a number or a string. */
export function statusOf(value: unknown): number | undefined {
  const status = typeof value === "string" && /^\d{3}$/u.test(value) ? Number(value) : value;
  return typeof status === "number" && Number.isInteger(status) && status >= 400 && status < 600 ? status : undefined;
}
