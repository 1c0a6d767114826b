import { readEffort } from "../chat/read-request.js";
import { Fields, given, malformed, nonEmpty, pathOf, untranslatable } from "../fields.js";
import type { HubFormat, HubReasoning, HubRequest, Instruction, Turn } from "../hub/request.js";
import { isJsonObject, type JsonObject } from "../json.js";
import { readThinking } from "../read-thinking.js";
import { messagesExtra, readBlocks, readCacheMark } from "./read-blocks.js";
import { readToolChoice, readTools } from "./read-tools.js";

/** Reads the body of a Messages request. @throws `invalid_request` naming the path that cannot be read */
export function readRequest(body: JsonObject): HubRequest {
  const fields = new Fields(body, "");
  const config = fields.in("output_config");
  const edits = fields.in("context_management");
  const known = {
    model: fields.neededText("model"),
    instructions: readSystem(fields),
    turns: readTurns(fields),
    tools: readTools(fields),
    ...readToolChoice(fields),
    output: given({ format: readFormat(config?.in("format") ?? readOldFormat(fields)) }),
    sampling: given({
      temperature: fields.number("temperature"),
      topP: fields.number("top_p"),
      topK: fields.number("top_k"),
      stop: nonEmpty(fields.texts("stop_sequences")),
    }),
    limits: given({ maxOutputTokens: fields.number("max_tokens"), taskBudget: config?.object("task_budget") }),
    reasoning: readReasoning(fields, config),
    state: given({ thread: fields.object("thread"), container: readContainer(fields) }),
    caching: given({ auto: readCacheMark(fields) }),
    context: readEdits(edits),
    identity: given({ user: fields.in("metadata")?.text("user_id") }),
    service: given({
      tier: fields.text("service_tier"),
      speed: fields.text("speed"),
      geography: fields.text("inference_geo"),
    }),
    stream: { on: fields.flag("stream") ?? false },
  };
  return { wire: "messages", ...known, wants: [], extra: messagesExtra(fields.rest()) ?? {} };
}

function readSystem(fields: Fields): readonly Instruction[] {
  const blocks = readBlocks(fields, "system");
  return blocks.map((block, index) => {
    const path = block.path ?? "system";
    if (block.type !== "text") return malformed(path, "must be a text block.");
    const { text, cache, extra } = block;
    return {
      role: "system",
      text,
      place: "field",
      path,
      ...(index > 0 ? { continues: true } : {}),
      ...given({ cache, extra }),
    };
  });
}

const roles: ReadonlySet<string> = new Set<Turn["role"]>(["user", "assistant", "system"]);

function readTurns(fields: Fields): readonly Turn[] {
  if (fields.any("messages") === undefined) malformed("messages", "is required.");
  const messages = fields.each("messages");
  if (messages.length === 0) malformed("messages", "must have at least one message.");
  return messages.map((message, index) => {
    const role = message.neededText("role");
    if (!roles.has(role)) malformed(message.at("role"), `must be one of ${[...roles].join(", ")}, not "${role}".`);
    if (message.any("content") === undefined) malformed(message.at("content"), "is required.");
    const blocks = readBlocks(message, "content");
    const extra = messagesExtra(message.rest());
    return { role: role as Turn["role"], blocks, path: pathOf("messages", index), ...given({ extra }) };
  });
}

/** The older name of `output_config.format`. Others have written words there. */
function readOldFormat(fields: Fields): Fields | undefined {
  return isJsonObject(fields.value["output_format"]) ? fields.in("output_format") : undefined;
}

function readFormat(format: Fields | undefined): HubFormat | undefined {
  if (format === undefined) return undefined;
  const type = format.neededText("type");
  if (type !== "json_schema") return untranslatable(format.at("type"), 'must be "json_schema".');
  const schema = format.object("schema") ?? malformed(format.at("schema"), "is required.");
  return { type: "json_schema", schema };
}

function readReasoning(fields: Fields, config: Fields | undefined): HubReasoning {
  const thinking = fields.in("thinking");
  const effort = config === undefined ? undefined : readEffort(config, "effort");
  return thinking === undefined ? given({ effort }) : readThinking(thinking, effort);
}

function readContainer(fields: Fields): JsonObject | string | undefined {
  return typeof fields.value["container"] === "string" ? fields.text("container") : fields.object("container");
}

/** Edits, and the one that Responses knows too. */
function readEdits(management: Fields | undefined): HubRequest["context"] {
  if (management === undefined) return {};
  const edits = management.each("edits");
  const compaction = edits.find((edit) => edit.text("type")?.startsWith("compact_") === true);
  return given({
    compactAt: compaction?.in("trigger")?.number("value"),
    edits: edits.length === 0 ? undefined : edits.map(({ value }) => value),
  });
}
