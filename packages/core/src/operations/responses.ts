import type { FinishReasons } from "../finish-reasons.js";
import { isJsonObject, type JsonObject } from "../json.js";
import { estimateItems, estimateResponsesInput } from "../token-estimate.js";
import { errorFault, firstOf, firstWithin, isAnything, listProblem, objectsIn, textsOf } from "./common-facts.js";
import { responsesContinuation } from "./continuation/responses.js";
import { mockResponse, mockResponseEvents } from "./mock-response.js";
import type { AnswerReads, OperationRow, RequestFault } from "./operation-row.js";
import { promptParts } from "./prompt-parts.js";
import { storedIds } from "./stored-ids.js";
import { responsesWithoutReasoning } from "./without-reasoning.js";

/** The status of a response, or the reason why it is incomplete. Source: https://platform.openai.com/docs/api-reference/responses. */
const endings: FinishReasons = {
  completed: "complete",
  incomplete: "cut",
  max_output_tokens: "cut",
  max_messages: "cut",
  steered: "cut",
  content_filter: "filtered",
  failed: "internal_server",
  cancelled: "service_unavailable",
};

export const responses: OperationRow & { readonly name: "responses" } = {
  name: "responses",
  path: "/responses",
  litellm: { mode: "responses", callType: "responses" },
  streams: true,
  required: "input",
  insteadOfRequired: ["prompt", "previous_response_id", "conversation"],
  check: requestFault,
  vendorMetadata: ({ metadata }) => textsOf(metadata),
  sendsNull: true,
  inputTokens: estimateResponsesInput,
  maxOutputTokens: ({ max_output_tokens: limit }) => (typeof limit === "number" && limit >= 0 ? limit : undefined),
  choices: () => 1,
  fault: (value) => errorFault(value) ?? outputFault(value as JsonObject),
  outputTokens: estimateItems,
  awaitsUsage: () => false,
  empty: (value) => objectsIn(value, "output").every(isSilent),
  finishReasons: endings,
  reads: responseReads(),
  needs: {
    tools: ({ tools, input }) => firstOf("tools", tools, isAnything) ?? firstOf("input", input, addsTools),
    vision: ({ input }) =>
      firstWithin("input", input, "content", isImage) ??
      firstWithin("input", input, "output", isImage) ??
      firstOf("input", input, isScreenshot),
    jsonSchema: ({ text }) =>
      isJsonObject(text) && isJsonObject(text["format"]) && text["format"]["type"] === "json_schema"
        ? "text.format"
        : undefined,
  },
  // The last event contains the whole answer.
  assemble: (events) => responseIn(events.findLast(({ type }) => typeof type === "string" && last.has(type)) ?? {}),
  continuation: responsesContinuation,
  stored: storedIds,
  withoutReasoning: responsesWithoutReasoning,
  promptParts: promptParts(["tools", "instructions"], "input"),
  latencyOf: "token",
  observation: "generation",
  mock: { answer: mockResponse, events: mockResponseEvents },
};

const last: ReadonlySet<string> = new Set(["response.completed", "response.incomplete", "response.failed"]);

function requestFault({ input }: JsonObject): RequestFault | undefined {
  if (input == null || typeof input === "string") return undefined;
  return Array.isArray(input)
    ? listProblem("input", input)
    : { path: "input", message: "input must be a string or a list of items." };
}

function outputFault({ output, status, usage }: JsonObject): string | undefined {
  if (!Array.isArray(output)) return "the body has no output";
  if (output.length > 0 || status !== "completed") return undefined;
  const tokens = isJsonObject(usage) ? usage["output_tokens"] : 0;
  return typeof tokens === "number" && tokens > 0 ? undefined : "the body has no output";
}

/** Whether an item contains nothing for the reader. */
function isSilent(item: JsonObject): boolean {
  return item["type"] === "reasoning" || (item["type"] === "message" && objectsIn(item, "content").every(isSilentPart));
}

function isSilentPart({ text, refusal }: JsonObject): boolean {
  return (text ?? "") === "" && (refusal ?? "") === "";
}

/** The response in an event, or an answer itself. */
function responseIn(value: JsonObject): JsonObject {
  return isJsonObject(value["response"]) ? value["response"] : value;
}

function responseReads(): AnswerReads {
  return {
    choices: (value) => [responseIn(value)],
    finishReason: (response) => (isJsonObject(response) ? endingOf(response) : undefined),
    usage: (value) => usageOf(responseIn(value)),
    contentLength: ({ type, delta, item }) => {
      if (typeof delta === "string") return delta.length;
      return type === "response.output_item.added" && isJsonObject(item) && !beginsEmpty(item) ? 1 : 0;
    },
    isEvent: ({ type }) => typeof type === "string" && type !== "error" && type !== "response.failed",
    text: (value) => {
      const { type, delta } = value;
      if (type === "response.output_text.delta") return typeof delta === "string" ? delta : "";
      return objectsIn(value, "output")
        .flatMap((item) => objectsIn(item, "content"))
        .map((part) => (part["type"] === "output_text" && typeof part["text"] === "string" ? part["text"] : ""))
        .join("");
    },
  };
}

/** The word for how a response ended, or `undefined` while it is queued or in progress. */
function endingOf({ status, incomplete_details: details }: JsonObject): string | undefined {
  if (typeof status !== "string" || status === "queued" || status === "in_progress") return undefined;
  const reason = status === "incomplete" && isJsonObject(details) ? details["reason"] : undefined;
  return typeof reason === "string" ? reason : status;
}

/** Messages and reasoning begin empty. All other items are content from their beginning. */
function beginsEmpty({ type }: JsonObject): boolean {
  return type === "message" || type === "reasoning";
}

/** Usage with the counts of a chat. The details have the same names there; searches are counted in Anthropic's words. */
function usageOf({ usage, tool_usage: tools }: JsonObject): JsonObject | undefined {
  if (!isJsonObject(usage)) return undefined;
  const { input_tokens: input, output_tokens: output, total_tokens: total } = usage;
  const { input_tokens_details: inputDetails, output_tokens_details: outputDetails } = usage;
  const counts: Record<string, unknown> = { prompt_tokens: input, completion_tokens: output, total_tokens: total };
  if (inputDetails != null) counts["prompt_tokens_details"] = inputDetails;
  if (outputDetails != null) counts["completion_tokens_details"] = outputDetails;
  const search = isJsonObject(tools) ? tools["web_search"] : undefined;
  const searches = isJsonObject(search) ? search["num_requests"] : undefined;
  if (typeof searches === "number" && searches > 0) counts["server_tool_use"] = { web_search_requests: searches };
  return counts;
}

/** Whether an item of the input brings tools, as those of coding agents do. */
function addsTools(item: unknown): boolean {
  return isJsonObject(item) && item["type"] === "additional_tools";
}

/** Whether an item is the result of a tool that is a picture itself. */
function isScreenshot(item: unknown): boolean {
  return isJsonObject(item) && isImage(item["output"]);
}

function isImage(part: unknown): boolean {
  return isJsonObject(part) && (part["type"] === "input_image" || part["type"] === "computer_screenshot");
}
