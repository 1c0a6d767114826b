import { invalidResponse, throwFailure } from "../chat/read-error.js";
import { AnswerFields, given, pathOf, textIn, unknownIn } from "../fields.js";
import type { HubAnswer, HubUsage } from "../hub/answer.js";
import type { Block } from "../hub/blocks.js";
import { isJsonObject, type JsonObject } from "../json.js";
import { messagesExtra, readAnswerBlock } from "./read-blocks.js";
import { readErrorObject } from "./read-error.js";
import { readStop } from "./stop.js";
import { readUsage, tierIn } from "./usage.js";

/** What is known of every message, and what is read of it. */
const known: ReadonlySet<string> = new Set([
  "id",
  "type",
  "role",
  "model",
  "content",
  "stop_reason",
  "stop_sequence",
  "stop_details",
  "usage",
]);

/** Reads a message. @throws `invalid_response` if it has no content */
export function readAnswer(body: JsonObject): HubAnswer {
  const { content, usage, error } = body;
  if (!Array.isArray(content))
    throwFailure(error == null ? invalidResponse("The vendor's answer has no content.") : readErrorObject(error));
  const tier = tierIn(usage);
  return given({
    id: textIn(body, "id") ?? "",
    model: textIn(body, "model") ?? "",
    choices: [{ index: 0, blocks: readBlocks(content), stop: readStop(body) ?? { reason: "end" as const } }],
    usage: wholeUsage(readUsage(usage)),
    service: tier === undefined ? undefined : { tier },
    extra: messagesExtra(restOf(body)) ?? {},
  });
}

const ofRefusals: ReadonlySet<string> = new Set(["type", "category", "explanation"]);

/** What the hub does not interpret of a message, or of the delta that ends one. */
export function restOf(body: JsonObject): JsonObject | undefined {
  const rest = unknownIn(body, known);
  const details = body["stop_details"];
  const more = isJsonObject(details) ? unknownIn(details, ofRefusals) : undefined;
  return more === undefined ? rest : { ...rest, stop_details: more };
}

/** Entries that are not objects are ignored. */
function readBlocks(content: readonly unknown[]): readonly Block[] {
  const blocks: Block[] = [];
  for (let index = 0; index < content.length; index += 1)
    if (isJsonObject(content[index]))
      blocks.push(readAnswerBlock(new AnswerFields(content[index], pathOf("content", index))));
  return blocks;
}

export function wholeUsage(usage: Partial<HubUsage> | undefined): HubUsage | undefined {
  if (usage?.input === undefined && usage?.output === undefined) return undefined;
  const { input = 0, output = 0 } = usage;
  return { ...usage, input, output };
}
