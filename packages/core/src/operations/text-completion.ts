import { openaiFinishReasons } from "../finish-reasons.js";
import type { JsonObject } from "../json.js";
import { estimateChoices, estimatePromptInput } from "../token-estimate.js";
import { assembleText } from "./assemble.js";
import {
  asksForUsage,
  choiceReads,
  choicesAsked,
  choicesFault,
  needsNothing,
  objectsIn,
  outputLimitOf,
  storedMetadata,
} from "./common-facts.js";
import type { OperationRow } from "./operation-row.js";
import { promptParts } from "./prompt-parts.js";

export const textCompletion: OperationRow & { readonly name: "text_completion" } = {
  name: "text_completion",
  path: "/completions",
  litellm: { mode: "completion", callType: "text_completion" },
  streams: true,
  required: "prompt",
  vendorMetadata: storedMetadata,
  sendsNull: false,
  inputTokens: (request) => estimatePromptInput(request["prompt"]),
  maxOutputTokens: outputLimitOf(choicesOfPrompts),
  choices: choicesOfPrompts,
  fault: choicesFault("text", (text) => typeof text === "string"),
  outputTokens: estimateChoices,
  awaitsUsage: asksForUsage,
  empty: (value) => objectsIn(value, "choices").every((choice) => choice["text"] === ""),
  finishReasons: openaiFinishReasons,
  reads: choiceReads,
  needs: needsNothing,
  assemble: assembleText,
  promptParts: promptParts([], "prompt"),
  latencyOf: "token",
  observation: "generation",
  mock: {
    answer: ({ id, created, model, text, usage }) => ({
      id,
      object: "text_completion",
      created,
      model,
      choices: [{ index: 0, text, finish_reason: "stop", logprobs: null }],
      usage,
    }),
    events: ({ id, created, model, text, finishReason = "stop", usage }) => [
      {
        id,
        object: "text_completion",
        created,
        model,
        choices: [{ index: 0, text: text ?? "", finish_reason: text === undefined ? finishReason : null }],
        ...(usage === undefined ? {} : { usage }),
      },
    ],
  },
};

/** The number of choices for all prompts together. A list of numbers is one prompt, as tokens. */
function choicesOfPrompts(request: JsonObject): number {
  const { prompt } = request;
  const prompts = Array.isArray(prompt) && typeof prompt[0] !== "number" ? Math.max(1, prompt.length) : 1;
  return prompts * choicesAsked(request);
}
