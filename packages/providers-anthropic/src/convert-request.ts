import type Anthropic from "@anthropic-ai/sdk";
import { type ChatMessage, createError, isJsonObject, type JsonObject } from "@modelyard/core";
import { convertMessages } from "./convert-messages.js";

type Body = Anthropic.MessageCreateParams;

export interface ConvertedRequest {
  readonly body: JsonObject;
  readonly dropped: readonly string[];
}

export interface ConvertOptions {
  readonly model: string;
  readonly stream: boolean;
  readonly dropParams: boolean;
  /** Most tokens of an answer where the request does not say; Anthropic insists on a number. */
  readonly maxTokens: number;
}

/** Fields that have an equivalent, or need none. */
const understood = new Set(
  (
    "model messages stream stream_options max_tokens max_completion_tokens temperature top_p stop tools tool_choice parallel_tool_calls response_format " +
    "reasoning_effort user n metadata store"
  ).split(" "),
);
/** Anthropic's own fields, passed on as they are. */
const native = new Set(
  "top_k thinking output_config service_tier container context_management mcp_servers cache_control".split(" "),
);

function tools(value: unknown): Anthropic.ToolUnion[] | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  return (value as readonly JsonObject[]).map((tool) => {
    const named = tool["function"];
    // What is no function is one of Anthropic's own tools.
    if (!isJsonObject(named)) return tool as unknown as Anthropic.ToolUnion;
    return {
      name: String(named["name"]),
      ...(typeof named["description"] === "string" ? { description: named["description"] } : {}),
      input_schema: (named["parameters"] ?? { type: "object", properties: {} }) as Anthropic.Tool["input_schema"],
      ...(named["strict"] === true ? { strict: true } : {}),
      ...(tool["cache_control"] === undefined
        ? {}
        : { cache_control: tool["cache_control"] as Anthropic.CacheControlEphemeral }),
    };
  });
}

function toolChoice(choice: unknown, parallel: unknown): Anthropic.ToolChoice | undefined {
  const alone = parallel === false ? { disable_parallel_tool_use: true } : {};
  if (choice === "none") return { type: "none" };
  if (choice === "required") return { type: "any", ...alone };
  if (isJsonObject(choice) && isJsonObject(choice["function"]))
    return { type: "tool", name: String(choice["function"]["name"]), ...alone };
  return choice === "auto" || parallel === false ? { type: "auto", ...alone } : undefined;
}

const efforts: Readonly<Record<string, number>> = { minimal: 1_024, low: 2_048, medium: 8_192, high: 16_384 };

function thinking(request: JsonObject): Pick<Body, "thinking"> {
  if (request["thinking"] !== undefined) return { thinking: request["thinking"] as NonNullable<Body["thinking"]> };
  const budget = efforts[String(request["reasoning_effort"])];
  return budget === undefined ? {} : { thinking: { type: "enabled", budget_tokens: budget } };
}

const jsonOnly: Anthropic.TextBlockParam = { type: "text", text: "Answer with one JSON object and nothing else." };

function stops(value: unknown): Pick<Body, "stop_sequences"> {
  const list = typeof value === "string" ? [value] : Array.isArray(value) ? (value as readonly unknown[]) : [];
  const kept = list.filter((stop): stop is string => typeof stop === "string" && stop.trim() !== "");
  return kept.length === 0 ? {} : { stop_sequences: kept };
}

/** Takes out what Anthropic does not know. @throws `unsupported_params` naming it, unless it may be dropped */
function unknownFields(request: JsonObject, dropParams: boolean): readonly string[] {
  const fields = Object.keys(request).filter((key) => request[key] != null && !understood.has(key) && !native.has(key));
  if (typeof request["n"] === "number" && request["n"] > 1) fields.push("n");
  if (fields.length > 0 && !dropParams) {
    throw createError({
      kind: "unsupported_params",
      param: fields[0] ?? "",
      message: `Anthropic has nothing like ${fields.join(", ")}. Leave them out, or set drop_params: true.`,
    });
  }
  return fields;
}

/** A chat request in OpenAI's words as one in Anthropic's. @throws `bad_request`, `unsupported_params` */
export function convertRequest(request: JsonObject, options: ConvertOptions): ConvertedRequest {
  const dropped = unknownFields(request, options.dropParams);
  const { system, messages } = convertMessages((request["messages"] ?? []) as readonly ChatMessage[]);
  const format = isJsonObject(request["response_format"]) ? request["response_format"] : undefined;
  const schema =
    format?.["type"] === "json_schema" && isJsonObject(format["json_schema"])
      ? format["json_schema"]["schema"]
      : undefined;
  const instructions = format?.["type"] === "json_object" ? [...(system ?? []), jsonOnly] : system;
  const thought = thinking(request);
  const budget = thought.thinking?.type === "enabled" ? thought.thinking.budget_tokens : 0;
  const maxTokens = (request["max_completion_tokens"] ?? request["max_tokens"] ?? options.maxTokens + budget) as number;
  const list = tools(request["tools"]);
  const choice = list === undefined ? undefined : toolChoice(request["tool_choice"], request["parallel_tool_calls"]);
  const passed = Object.fromEntries(
    Object.entries(request).filter(([key, value]) => native.has(key) && key !== "thinking" && value != null),
  );
  const outputConfig =
    schema === undefined
      ? {}
      : {
          output_config: {
            ...(passed["output_config"] as object | undefined),
            format: { type: "json_schema" as const, schema: schema as Record<string, unknown> },
          },
        };
  const body: Body = {
    ...passed,
    model: options.model,
    messages,
    max_tokens: maxTokens,
    ...(instructions === undefined ? {} : { system: instructions }),
    ...(list === undefined ? {} : { tools: list }),
    ...(choice === undefined ? {} : { tool_choice: choice }),
    ...(request["temperature"] == null ? {} : { temperature: request["temperature"] as number }),
    ...(request["top_p"] == null ? {} : { top_p: request["top_p"] as number }),
    ...stops(request["stop"]),
    ...thought,
    ...outputConfig,
    ...(typeof request["user"] === "string" ? { metadata: { user_id: request["user"] } } : {}),
    ...(options.stream ? { stream: true as const } : {}),
  };
  return { body: body as unknown as JsonObject, dropped };
}
