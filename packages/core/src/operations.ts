import { chat } from "./operations/chat.js";
import { embeddings } from "./operations/embeddings.js";
import { messages } from "./operations/messages.js";
import type { OperationName, OperationRow } from "./operations/operation-row.js";
import { responses } from "./operations/responses.js";
import { textCompletion } from "./operations/text-completion.js";

export * from "./operations/operation-row.js";

/** Everything that can be asked of a router, one row each. */
export const operations: { readonly [Name in OperationName]: OperationRow & { readonly name: Name } } = {
  chat,
  text_completion: textCompletion,
  embeddings,
  messages,
  responses,
};

export const operationNames = Object.keys(operations) as readonly OperationName[];
