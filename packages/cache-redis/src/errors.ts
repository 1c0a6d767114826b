/** Redis did not answer in time or is known to be unreachable. The command may or may not have been carried out. */
export class RedisUnavailableError extends Error {
  override readonly name = "RedisUnavailableError";
}

/** A reply that cannot be right. The message says what is wrong with it and never quotes it. */
export class BadReplyError extends Error {
  override readonly name = "BadReplyError";

  constructor(problem: string) {
    super(`Redis sent ${problem}`);
  }
}

/** First words of errors that mean that Redis as a whole cannot serve us now. An error reply has no other code. */
const outages: ReadonlySet<string> = new Set([
  "BUSY",
  "CLUSTERDOWN",
  "LOADING",
  "MASTERDOWN",
  "MISCONF",
  "NOAUTH",
  "NOREPLICAS",
  "OOM",
  "READONLY",
  "UNKILLABLE",
  "WRONGPASS",
]);

/** Whether Redis itself sent the error. */
export function isReply(error: unknown): error is Error {
  return error instanceof Error && error.name === "ReplyError";
}

/**
 * Whether an error concerns Redis as a whole. A key of the wrong type, a missing permission or a fault in a script
 * concerns only that command.
 */
export function isOutage(error: unknown): boolean {
  if (!isReply(error)) return true;
  return outages.has(error.message.split(" ", 1)[0] ?? "");
}

/**
 * The name or code of an error, for the log. Messages are not logged, because they may quote addresses and passwords.
 */
export function nameOf(error: unknown): string {
  if (error instanceof BadReplyError) return error.message;
  const { name, code, message } = error as { readonly name?: unknown; readonly code?: unknown; message?: unknown };
  if (typeof code === "string") return code;
  const word = typeof message === "string" ? /^[A-Z]{4,}(?= )/u.exec(message)?.[0] : undefined;
  return word ?? (typeof name === "string" ? name : "error");
}
