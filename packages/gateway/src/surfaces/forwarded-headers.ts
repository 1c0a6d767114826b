import type { CallOptions } from "@modelyard/core";
import { mayForward, type RequestHead } from "@modelyard/core/kit";

/**
 * Headers with which coding tools select features of a vendor's API, and name their session. A vendor of the same wire gets
 * them as they are.
 */
const forwarded =
  /^(?:anthropic-|x-claude-code-|x-codex-|x-openai-internal-codex-|x-session-)|^(?:openai-beta|session[-_]id|thread-id|x-client-request-id)$/u;

/** Those of a request; `undefined`: it has none. */
export function forwardedHeaders(head: RequestHead): CallOptions["forwardHeaders"] {
  let found: Record<string, string> | undefined;
  for (const name of head.headerNames?.() ?? []) {
    if (!forwarded.test(name) || !mayForward(name)) continue;
    const value = head.header(name);
    if (value !== undefined) (found ??= {})[name] = value;
  }
  return found;
}
