import type { JsonObject } from "@modelyard/core";
import { isJsonObject } from "@modelyard/core/kit";

/** Hosts that reject what they do not know, each with its own message. */
export const strictHostNames = ["azure", "cerebras", "gemini", "groq", "mistral", "openai"] as const;
export type StrictHostName = (typeof strictHostNames)[number];

/** The response of a host to such a request. */
export interface StrictRefusal {
  readonly status: number;
  readonly body: string;
}

interface StrictHost {
  /** Fields of a chat request. */
  readonly fields: ReadonlySet<string>;
  readonly messageFields: ReadonlySet<string>;
  readonly toolCallFields: ReadonlySet<string>;
  readonly roles: ReadonlySet<string>;
  /** The format of tool call ids. */
  readonly toolIds: RegExp;
  /** The response for a rejected field by its path, for example `["messages", 1, "assistant", "name"]`. */
  refuse(place: readonly (string | number)[]): StrictRefusal;
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(" "));
}

function error(status: number, body: object): StrictRefusal {
  return { status, body: JSON.stringify(body) };
}

const common =
  "model messages stream temperature top_p max_tokens stop tools tool_choice response_format parallel_tool_calls";
const messages = "role content tool_calls tool_call_id";
const toolCall = words("id type function");

const openai: StrictHost = {
  fields: words(
    `${common} audio frequency_penalty function_call functions logit_bias logprobs max_completion_tokens metadata modalities n prediction presence_penalty prompt_cache_key prompt_cache_retention reasoning_effort safety_identifier seed service_tier store stream_options top_logprobs user verbosity web_search_options`,
  ),
  messageFields: words(`${messages} name refusal audio function_call`),
  toolCallFields: words("id type function custom"),
  roles: words("system developer user assistant tool function"),
  toolIds: /^.{1,40}$/u,
  refuse: (place) => {
    const param = place.reduce<string>(
      (path, step) => (typeof step === "number" ? `${path}[${String(step)}]` : path === "" ? step : `${path}.${step}`),
      "",
    );
    const message = `Unknown parameter: '${param}'.`;
    return error(400, { error: { message, type: "invalid_request_error", param, code: "unknown_parameter" } });
  },
};

const hosts: Readonly<Record<StrictHostName, StrictHost>> = {
  openai,
  azure: openai,
  groq: {
    fields: words(
      `${common} frequency_penalty max_completion_tokens presence_penalty reasoning_effort reasoning_format seed service_tier stream_options user`,
    ),
    messageFields: words(messages),
    toolCallFields: toolCall,
    roles: words("system user assistant tool"),
    toolIds: /./u,
    refuse: ([first = "", index, ...rest]) => {
      const path = index === undefined ? undefined : `'${String(first)}.${String(index)}'`;
      const field = String(rest.at(-1) ?? first);
      const message =
        path === undefined
          ? `property '${field}' is unsupported`
          : `${path} : for 'role:assistant' the following must be satisfied[(${path} : property '${field}' is unsupported)]`;
      return error(400, { error: { message, type: "invalid_request_error" } });
    },
  },
  mistral: {
    fields: words(
      `${common} frequency_penalty metadata n prediction presence_penalty prompt_mode random_seed reasoning_effort safe_prompt`,
    ),
    messageFields: words(`${messages} prefix`),
    toolCallFields: toolCall,
    roles: words("system user assistant tool"),
    toolIds: /^[\dA-Za-z]{9}$/u,
    refuse: (place) =>
      error(422, {
        object: "error",
        message: {
          detail: [{ type: "extra_forbidden", loc: ["body", ...place], msg: "Extra inputs are not permitted" }],
        },
        type: "invalid_request_error",
        param: null,
        code: null,
      }),
  },
  cerebras: {
    fields: words(
      `${common} logprobs max_completion_tokens n reasoning_effort seed service_tier stream_options top_logprobs user`,
    ),
    messageFields: words(`${messages} name reasoning`),
    toolCallFields: toolCall,
    roles: words("system user assistant tool"),
    toolIds: /./u,
    refuse: (place) => {
      const path = [...(place.length === 1 ? ["body"] : []), ...place].join(".");
      const message = `${path}: property '${path}' is unsupported`;
      return error(400, {
        message,
        type: "invalid_request_error",
        param: "validation_error",
        code: "wrong_api_format",
      });
    },
  },
  gemini: {
    fields: words(`${common} max_completion_tokens n reasoning_effort stream_options user extra_body`),
    messageFields: words(`${messages} name extra_content refusal`),
    toolCallFields: words("id type function extra_content"),
    roles: words("system user assistant tool"),
    toolIds: /./u,
    refuse: (place) => {
      const message = `Invalid JSON payload received. Unknown name "${String(place.at(-1))}": Cannot find field.`;
      return error(400, [{ error: { code: 400, message, status: "INVALID_ARGUMENT" } }]);
    },
  },
};

/**
 * The response of a strict host that rejects a request, or `undefined` if it accepts the request. Requests without
 * messages are always accepted.
 */
export function strictRefusal(name: StrictHostName, body: JsonObject): StrictRefusal | undefined {
  if (body["messages"] === undefined) return undefined;
  const host = hosts[name];
  for (const field of Object.keys(body)) if (!host.fields.has(field)) return host.refuse([field]);
  const list: readonly unknown[] = Array.isArray(body["messages"]) ? body["messages"] : [];
  for (const [index, message] of list.entries()) {
    const place = isJsonObject(message) ? misplaced(host, message) : undefined;
    if (place !== undefined) return host.refuse(["messages", index, ...place]);
  }
  return undefined;
}

function misplaced(host: StrictHost, message: JsonObject): readonly (string | number)[] | undefined {
  const role = String(message["role"]);
  if (!host.roles.has(role)) return ["role"];
  const unknown = Object.keys(message).find((field) => !host.messageFields.has(field));
  if (unknown !== undefined) return [role, unknown];
  if (typeof message["tool_call_id"] === "string" && !host.toolIds.test(message["tool_call_id"]))
    return [role, "tool_call_id"];
  const content: readonly unknown[] = Array.isArray(message["content"]) ? message["content"] : [];
  for (const [index, part] of content.entries())
    if (isJsonObject(part) && part["cache_control"] !== undefined) return [role, "content", index, "cache_control"];
  const calls: readonly unknown[] = Array.isArray(message["tool_calls"]) ? message["tool_calls"] : [];
  for (const [index, call] of calls.entries()) {
    if (!isJsonObject(call)) continue;
    const field = Object.keys(call).find((key) => !host.toolCallFields.has(key));
    if (field !== undefined) return [role, "tool_calls", index, field];
    if (typeof call["id"] === "string" && !host.toolIds.test(call["id"])) return [role, "tool_calls", index, "id"];
  }
  return undefined;
}
