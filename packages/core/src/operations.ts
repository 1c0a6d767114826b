import { chat } from "./operations/chat.js";
import { responsesCompact } from "./operations/compact.js";
import { embeddings } from "./operations/embeddings.js";
import { messages } from "./operations/messages.js";
import type { OperationName, OperationRow } from "./operations/operation-row.js";
import { responses } from "./operations/responses.js";
import { textCompletion } from "./operations/text-completion.js";
import { messagesCountTokens, responsesInputTokens } from "./operations/token-counts.js";

export * from "./operations/operation-row.js";

/** Everything that can be asked of a router, one row each. */
export const operations: { readonly [Name in OperationName]: OperationRow & { readonly name: Name } } = {
  chat,
  text_completion: textCompletion,
  embeddings,
  messages,
  responses,
  messages_count_tokens: messagesCountTokens,
  responses_compact: responsesCompact,
  responses_input_tokens: responsesInputTokens,
};

export const operationNames = Object.keys(operations) as readonly OperationName[];
