import { readAnswer as readChatAnswer } from "./chat/read-answer.js";
import { readError as readOpenAIError } from "./chat/read-error.js";
import { readInTurns as readChatInTurns, readRequest as readChatRequest } from "./chat/read-request.js";
import { ChatStreamReader } from "./chat/read-stream.js";
import type { ChatTarget } from "./chat/target.js";
import { writeAnswer as writeChatAnswer } from "./chat/write-answer.js";
import { writeError as writeOpenAIError } from "./chat/write-error.js";
import { writeRequest as writeChatRequest } from "./chat/write-request.js";
import { ChatStreamWriter } from "./chat/write-stream.js";
import { readAnswer as readMessage } from "./messages/read-answer.js";
import { readError as readMessagesError } from "./messages/read-error.js";
import { readRequest as readMessagesRequest } from "./messages/read-request.js";
import { MessagesStreamReader } from "./messages/read-stream.js";
import type { MessagesTarget } from "./messages/target.js";
import { writeAnswer as writeMessage } from "./messages/write-answer.js";
import { writeError as writeMessagesError } from "./messages/write-error.js";
import {
  writeInTurns as writeMessagesInTurns,
  writeRequest as writeMessagesRequest,
} from "./messages/write-request.js";
import { MessagesStreamWriter } from "./messages/write-stream.js";
import { readAnswer as readResponse } from "./responses/read-answer.js";
import { readRequest as readResponsesRequest } from "./responses/read-request.js";
import { ResponsesStreamReader } from "./responses/read-stream.js";
import type { ResponsesTarget } from "./responses/target.js";
import { writeAnswer as writeResponse } from "./responses/write-answer.js";
import { writeRequest as writeResponsesRequest } from "./responses/write-request.js";
import { ResponsesStreamWriter } from "./responses/write-stream.js";
import type { Wire } from "./wire.js";

/** OpenAI's Chat Completions. Source: https://platform.openai.com/docs/api-reference/chat. */
export const chat: Wire<ChatTarget> = {
  name: "chat",
  readRequest: readChatRequest,
  readInTurns: readChatInTurns,
  writeRequest: writeChatRequest,
  readAnswer: readChatAnswer,
  writeAnswer: writeChatAnswer,
  readError: readOpenAIError,
  writeError: writeOpenAIError,
  streamReader: () => new ChatStreamReader(),
  streamWriter: (caller) => new ChatStreamWriter(caller),
};

/** OpenAI's Responses. Source: https://platform.openai.com/docs/api-reference/responses. */
export const responses: Wire<ResponsesTarget> = {
  name: "responses",
  readRequest: readResponsesRequest,
  writeRequest: writeResponsesRequest,
  readAnswer: readResponse,
  writeAnswer: writeResponse,
  readError: readOpenAIError,
  writeError: writeOpenAIError,
  streamReader: () => new ResponsesStreamReader(),
  streamWriter: (caller) => new ResponsesStreamWriter(caller),
};

/** Anthropic's Messages. Source: https://platform.claude.com/docs/en/api/messages. */
export const messages: Wire<MessagesTarget> = {
  name: "messages",
  readRequest: readMessagesRequest,
  writeRequest: writeMessagesRequest,
  writeInTurns: writeMessagesInTurns,
  readAnswer: readMessage,
  writeAnswer: writeMessage,
  readError: readMessagesError,
  writeError: writeMessagesError,
  streamReader: () => new MessagesStreamReader(),
  streamWriter: (caller) => new MessagesStreamWriter(caller),
};
