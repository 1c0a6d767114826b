/** Redis did not answer in time, or is known to be away: the command was not carried out, or nobody knows. */
export class RedisUnavailableError extends Error {
  override readonly name = "RedisUnavailableError";
}

/** A reply came that cannot be right. The message says what is wrong with it, and quotes nothing of it. */
export class BadReplyError extends Error {
  override readonly name = "BadReplyError";

  constructor(problem: string) {
    super(`Redis sent ${problem}`);
  }
}

/** First words of errors that say that Redis as a whole cannot serve us now. Redis has no other code than this word. */
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

/** Whether Redis itself said it. */
export function isReply(error: unknown): error is Error {
  return error instanceof Error && error.name === "ReplyError";
}

/**
 * Whether an error is one of Redis as a whole. A key of a wrong type, a missing right or a fault in a script is a matter
 * of that one command.
 */
export function isOutage(error: unknown): boolean {
  if (!isReply(error)) return true;
  return outages.has(error.message.split(" ", 1)[0] ?? "");
}

/** Messages may quote addresses, arguments and passwords; names and codes do not. */
export function nameOf(error: unknown): string {
  if (error instanceof BadReplyError) return error.message;
  const { name, code, message } = error as { readonly name?: unknown; readonly code?: unknown; message?: unknown };
  if (typeof code === "string") return code;
  const word = typeof message === "string" ? /^[A-Z]{4,}(?= )/u.exec(message)?.[0] : undefined;
  return word ?? (typeof name === "string" ? name : "error");
}
