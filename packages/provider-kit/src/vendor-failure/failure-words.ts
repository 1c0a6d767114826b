import type { JsonObject } from "@modelyard/core";
import type { WaitMs } from "@modelyard/core/kit";

/** What a vendor's error body says, wherever it says it. Nothing in it is trusted yet: texts may quote keys. */
export interface FailureWords {
  /** The reason, for a person to read. */
  readonly message?: string | undefined;
  readonly code?: string | undefined;
  readonly type?: string | undefined;
  /** The request's field at fault. */
  readonly param?: string | undefined;
  /** HTTP status that the body names, where the failure came inside a good one. */
  readonly status?: number | undefined;
  readonly requestId?: string | undefined;
  /** The wait that a field of the body asks for. Waits in the message are read from there. */
  readonly waitMs?: WaitMs | undefined;
  /** The window of the quota that is used up, where the body names it. */
  readonly window?: "minute" | "day" | undefined;
  /** The `error` object, where it has OpenAI's shape and the reason is its message. */
  readonly openaiError?: JsonObject | undefined;
}

/** No text of a vendor's is looked at beyond this: patterns take time over long ones. */
const longestText = 8_000;

/** Control characters, which terminals and log readers obey. Tabs and line ends stay. */
const control = /(?![\t\n])\p{Cc}/gu;

/** A text that says something; numbers and other values are none. */
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
