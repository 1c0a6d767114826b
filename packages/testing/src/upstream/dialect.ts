import { type Behaviour, defaultUsage } from "./behaviour.js";

export type DialectName = "openai" | "azure" | "anthropic";
export type UpstreamOperation = "chat" | "text_completion" | "embeddings" | "messages";

/** What was asked, read from the path and the body. */
export interface Asked {
  readonly dialect: DialectName;
  readonly operation: UpstreamOperation;
  readonly model: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export const defaultText = "Hello from upstream";

function words(text: string): readonly string[] {
  return text.match(/\S+\s*/gu) ?? [];
}

function sse(data: unknown, event?: string): string {
  return `${event === undefined ? "" : `event: ${event}\n`}data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`;
}

const created = 1_767_225_600;

/** The whole answer of a healthy vendor. */
export function answerBody(asked: Asked, behaviour: Behaviour): unknown {
  const usage = behaviour.usage ?? defaultUsage;
  const text = behaviour.text ?? defaultText;
  switch (asked.operation) {
    case "messages":
      return messageBody(asked, behaviour);
    case "embeddings": {
      const { input } = asked.body;
      const count = Array.isArray(input) && typeof input[0] !== "number" ? input.length : 1;
      const data = Array.from({ length: count }, (_, index) => ({
        object: "embedding",
        index,
        embedding: [index, 0.25, -0.5],
      }));
      return {
        object: "list",
        data,
        model: asked.model,
        usage: { prompt_tokens: usage.prompt_tokens, total_tokens: usage.prompt_tokens },
      };
    }
    case "text_completion":
      return {
        id: "cmpl-1",
        object: "text_completion",
        created,
        model: asked.model,
        choices: [{ index: 0, text, logprobs: null, finish_reason: behaviour.finishReason ?? "stop" }],
        usage,
      };
    case "chat": {
      const calls = behaviour.toolCalls?.map((call) => ({
        id: call.id,
        type: "function",
        function: { name: call.name, arguments: call.arguments },
      }));
      const message = {
        role: "assistant",
        content: calls === undefined ? text : null,
        refusal: null,
        ...(calls === undefined ? {} : { tool_calls: calls }),
      };
      const finish = behaviour.finishReason ?? (calls === undefined ? "stop" : "tool_calls");
      return {
        id: "chatcmpl-1",
        object: "chat.completion",
        created,
        model: asked.model,
        choices: [{ index: 0, message, logprobs: null, finish_reason: finish }],
        usage,
      };
    }
  }
}

const stopReasons = {
  stop: "end_turn",
  length: "max_tokens",
  tool_calls: "tool_use",
  content_filter: "refusal",
} as const;

function anthropicUsage(behaviour: Behaviour) {
  const usage = behaviour.usage ?? defaultUsage;
  return {
    input_tokens: usage.prompt_tokens,
    output_tokens: usage.completion_tokens,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
  };
}

function messageBody(asked: Asked, behaviour: Behaviour): unknown {
  const tools = (behaviour.toolCalls ?? []).map((call) => ({
    type: "tool_use",
    id: call.id,
    name: call.name,
    input: JSON.parse(call.arguments) as unknown,
  }));
  const finish = behaviour.finishReason ?? (tools.length > 0 ? "tool_calls" : "stop");
  const content = tools.length > 0 ? tools : [{ type: "text", text: behaviour.text ?? defaultText }];
  return {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: asked.model,
    content,
    stop_reason: stopReasons[finish],
    stop_sequence: null,
    usage: anthropicUsage(behaviour),
  };
}

/** The events of a healthy vendor, in order: what opens, what carries content, what ends it. */
export interface StreamScript {
  readonly opening: readonly string[];
  readonly contents: readonly string[];
  /** Finish reason and usage. */
  readonly finishing: readonly string[];
  /** The end mark. */
  readonly ending: readonly string[];
}

export function streamScript(asked: Asked, behaviour: Behaviour): StreamScript {
  if (asked.operation === "messages") return messageScript(asked, behaviour);
  const chat = asked.operation === "chat";
  const frame = (choice: unknown, usage?: unknown): string =>
    sse({
      id: chat ? "chatcmpl-1" : "cmpl-1",
      object: chat ? "chat.completion.chunk" : "text_completion",
      created,
      model: asked.model,
      choices: choice === undefined ? [] : [choice],
      ...(usage === undefined ? {} : { usage }),
    });
  const delta = (value: unknown): string => frame({ index: 0, delta: value, logprobs: null, finish_reason: null });
  const options = asked.body["stream_options"] as { readonly include_usage?: boolean } | undefined;
  const calls = behaviour.toolCalls ?? [];
  const finish = behaviour.finishReason ?? (calls.length > 0 ? "tool_calls" : "stop");
  const toolEvents = calls.flatMap((call, index) => [
    delta({ tool_calls: [{ index, id: call.id, type: "function", function: { name: call.name, arguments: "" } }] }),
    ...(call.arguments.match(/.{1,7}/gsu) ?? []).map((piece) =>
      delta({ tool_calls: [{ index, function: { arguments: piece } }] }),
    ),
  ]);
  const textEvents = words(behaviour.text ?? defaultText).map((word) =>
    chat ? delta({ content: word }) : frame({ index: 0, text: word, logprobs: null, finish_reason: null }),
  );
  const last = frame(
    chat
      ? { index: 0, delta: {}, logprobs: null, finish_reason: finish }
      : { index: 0, text: "", logprobs: null, finish_reason: finish },
  );
  return {
    opening: chat ? [delta({ role: "assistant", content: "", refusal: null })] : [],
    contents: calls.length > 0 ? toolEvents : textEvents,
    finishing: [last, ...(options?.include_usage === true ? [frame(undefined, behaviour.usage ?? defaultUsage)] : [])],
    ending: [sse("[DONE]")],
  };
}

function messageScript(asked: Asked, behaviour: Behaviour): StreamScript {
  const event = (type: string, fields: object): string => sse({ type, ...fields }, type);
  const calls = behaviour.toolCalls ?? [];
  const finish = behaviour.finishReason ?? (calls.length > 0 ? "tool_calls" : "stop");
  const usage = anthropicUsage(behaviour);
  const blocks =
    calls.length > 0
      ? calls.map((call, index) => ({
          index,
          start: { type: "tool_use", id: call.id, name: call.name, input: {} },
          deltas: (call.arguments.match(/.{1,7}/gsu) ?? []).map((piece) => ({
            type: "input_json_delta",
            partial_json: piece,
          })),
        }))
      : [
          {
            index: 0,
            start: { type: "text", text: "" },
            deltas: words(behaviour.text ?? defaultText).map((word) => ({ type: "text_delta", text: word })),
          },
        ];
  const all = blocks.flatMap(({ index, start, deltas }) => [
    event("content_block_start", { index, content_block: start }),
    ...deltas.map((delta) => event("content_block_delta", { index, delta })),
    event("content_block_stop", { index }),
  ]);
  return {
    opening: [
      event("message_start", {
        message: {
          id: "msg_1",
          type: "message",
          role: "assistant",
          model: asked.model,
          content: [],
          stop_reason: null,
          stop_sequence: null,
          usage: { ...usage, output_tokens: 1 },
        },
      }),
      sse({ type: "ping" }, "ping"),
      ...all.slice(0, 1),
    ],
    contents: all.slice(1),
    finishing: [
      event("message_delta", {
        delta: { stop_reason: stopReasons[finish], stop_sequence: null },
        usage: { output_tokens: usage.output_tokens },
      }),
    ],
    ending: [event("message_stop", {})],
  };
}

/** An error event within a stream, as the dialect sends it. */
export function errorEvent(dialect: DialectName): string {
  if (dialect === "anthropic")
    return sse({ type: "error", error: { type: "overloaded_error", message: "Overloaded" } }, "error");
  return sse({
    error: {
      message: "The server had an error while processing your request.",
      type: "server_error",
      param: null,
      code: null,
    },
  });
}
