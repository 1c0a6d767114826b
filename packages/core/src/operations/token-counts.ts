import type { JsonObject } from "../json.js";
import { errorFault, needsNothing } from "./common-facts.js";
import { messages } from "./messages.js";
import type { AnswerReads, OperationName, OperationRow } from "./operation-row.js";
import { responses } from "./responses.js";

/** A count is neither usage nor content. */
const reads: AnswerReads = {
  choices: () => undefined,
  finishReason: () => undefined,
  usage: () => undefined,
  contentLength: () => 0,
  isEvent: () => false,
  text: () => "",
};

function countFault(value: unknown): string | undefined {
  return errorFault(value) ?? (hasCount(value as JsonObject) ? undefined : "the body has no input_tokens");
}

function hasCount({ input_tokens: tokens }: JsonObject): boolean {
  return typeof tokens === "number" && Number.isInteger(tokens) && tokens >= 0;
}

/** What is the same for all counts of tokens. */
const count = {
  streams: false,
  vendorMetadata: () => undefined,
  sendsNull: true,
  maxOutputTokens: () => 0,
  choices: () => 1,
  fault: countFault,
  outputTokens: () => 0,
  awaitsUsage: () => false,
  empty: () => false,
  finishReasons: {},
  reads,
  needs: needsNothing,
  apart: true,
  latencyOf: "call",
  observation: "generation",
} satisfies Partial<OperationRow>;

type Named<Name extends OperationName> = OperationRow & { readonly name: Name };

/** Source: https://platform.openai.com/docs/api-reference/responses/input-tokens. */
export const responsesInputTokens: Named<"responses_input_tokens"> = {
  ...count,
  name: "responses_input_tokens",
  path: "/responses/input_tokens",
  partOf: "responses",
  defaults: ["instructions", "parallel_tool_calls", "reasoning", "text", "tool_choice", "tools", "truncation"],
  required: "input",
  insteadOfRequired: ["previous_response_id", "conversation", "instructions", "tools"],
  check: (request) => responses.check?.(request),
  inputTokens: responses.inputTokens,
  ...(responses.stored === undefined ? {} : { stored: { ...responses.stored, stores: () => false } }),
  mock: {
    answer: ({ usage }) => ({ object: "response.input_tokens", input_tokens: usage.prompt_tokens }),
  },
};

/** Source: https://platform.claude.com/docs/en/api/messages-count-tokens. */
export const messagesCountTokens: Named<"messages_count_tokens"> = {
  ...count,
  name: "messages_count_tokens",
  path: "/messages/count_tokens",
  partOf: "messages",
  defaults: ["system", "tools", "tool_choice", "thinking", "output_config"],
  required: "messages",
  // A request to count has no limit for the answer.
  check: (request) => messages.check?.({ ...request, max_tokens: 1 }),
  inputTokens: messages.inputTokens,
  mock: { answer: ({ usage }) => ({ input_tokens: usage.prompt_tokens }) },
};
