import type { JsonObject, OperationName, Provider, ProviderCall, ProviderResult } from "@modelyard/core";
import {
  createProviderError,
  isJsonObject,
  type ResourceAnswer,
  type ResourceCall,
  sleep,
  type StreamPart,
} from "@modelyard/core/kit";
import type { VirtualClock } from "@modelyard/testing";

/** One request as the vendor saw it. */
export interface StoringCall {
  readonly deploymentId: string;
  readonly request: JsonObject;
}

export interface StoringProvider extends Provider {
  readonly calls: readonly StoringCall[];
  /** The requests for what is stored: the deployment, the method and the path. */
  readonly asked: readonly string[];
  /** The ids of everything that is stored with a key. */
  storedWith(apiKey: string): Set<string>;
  /** The next calls to a deployment fail with a 500. */
  fail(deploymentId: string, times: number): void;
  /** How often a stream was left before its end. */
  readonly left: number;
}

export interface StoringOptions {
  readonly clock: VirtualClock;
  /** @defaultValue `openai` */
  readonly name?: string;
  /** Whether it translates Responses, so that nothing is stored. @defaultValue false */
  readonly translates?: boolean;
  /** Time between the parts of a stream. @defaultValue 0 */
  readonly gapMs?: number;
}

const references = ["previous_response_id", "conversation"] as const;

/**
 * A vendor that stores responses and their items per key, and refuses ids that it does not know. Streams have bytes, as
 * from a provider that passes them on.
 */
export function storingProvider({
  clock,
  name = "openai",
  translates = false,
  gapMs = 0,
}: StoringOptions): StoringProvider {
  const stores = new Map<string, Set<string>>();
  const failures = new Map<string, number>();
  const calls: StoringCall[] = [];
  const asked: string[] = [];
  let left = 0;
  const storeOf = (key: string): Set<string> => {
    const store = stores.get(key) ?? new Set<string>();
    stores.set(key, store);
    return store;
  };
  const unsupported = (request: object): readonly string[] =>
    translates ? references.filter((field) => Object.hasOwn(request, field)) : [];

  function answerTo({ deployment, request, model }: ProviderCall): JsonObject {
    const body = request as unknown as JsonObject;
    calls.push({ deploymentId: deployment.id, request: body });
    const due = failures.get(deployment.id) ?? 0;
    failures.set(deployment.id, due - 1);
    if (due > 0) throw createProviderError({ kind: "internal_server", provider: name, message: "It broke." });
    const [refused] = unsupported(body);
    if (refused !== undefined)
      throw createProviderError({
        kind: "unsupported_params",
        provider: name,
        param: refused,
        message: "Send the whole input.",
      });
    const store = storeOf(deployment.connection.apiKey?.reveal() ?? "");
    const unknown = namedIn(body).find((id) => !store.has(id));
    if (unknown !== undefined) {
      const message = `'${unknown}' not found.`;
      throw createProviderError({ kind: "not_found", provider: name, message, upstream: { status: 404 } });
    }
    const number = String(calls.length).padStart(40, "0");
    const item = {
      type: "message",
      id: `msg_${number}`,
      role: "assistant",
      content: [{ type: "output_text", text: "hi" }],
    };
    if (body["store"] !== false) for (const id of [`resp_${number}`, item.id]) store.add(id);
    return {
      id: `resp_${number}`,
      object: "response",
      status: "completed",
      model,
      previous_response_id: body["previous_response_id"] ?? null,
      ...(body["conversation"] === undefined ? {} : { conversation: { id: conversationOf(body) } }),
      output: [item],
      usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 },
    };
  }

  async function* partsOf(answer: JsonObject, call: ProviderCall): AsyncGenerator<StreamPart> {
    let whole = false;
    try {
      for (const part of partsIn(answer)) {
        if (gapMs > 0) await sleep(clock, gapMs, call.cancellation);
        if (part.done) whole = true;
        yield part;
      }
    } finally {
      if (!whole) left += 1;
    }
  }

  async function resource(
    _: OperationName,
    { deployment, method, path, cancellation }: ResourceCall,
  ): Promise<ResourceAnswer> {
    const [, id = "", action] = /^\/(?<id>[^/?]+)(?:\/(?<action>\w+))?/u.exec(path) ?? [];
    asked.push(`${deployment.id} ${method} ${path}`);
    if (gapMs > 0) await sleep(clock, gapMs, cancellation);
    const due = failures.get(deployment.id) ?? 0;
    failures.set(deployment.id, due - 1);
    if (due > 0) throw createProviderError({ kind: "internal_server", provider: name, message: "It broke." });
    const store = storeOf(deployment.connection.apiKey?.reveal() ?? "");
    if (!store.has(decodeURIComponent(id)))
      throw createProviderError({ kind: "not_found", provider: name, message: `'${id}' not found.` });
    if (method === "DELETE") store.delete(id);
    const item = id.replace("resp_", "msg_");
    const value: JsonObject =
      action === "input_items"
        ? { object: "list", data: [{ type: "message", id: item }], first_id: item, last_id: item, has_more: false }
        : method === "DELETE"
          ? { object: "response.deleted", id, deleted: true }
          : {
              object: "response",
              id,
              status: action === undefined ? "completed" : "cancelled",
              output: [{ id: item }],
            };
    return { value, bytes: new TextEncoder().encode(JSON.stringify(value, undefined, 1)) };
  }

  return {
    name,
    asked,
    specVersion: 1,
    operations: ["chat", "responses"],
    calls,
    get left() {
      return left;
    },
    storedWith: storeOf,
    ...(translates ? {} : { resource }),
    fail: (deploymentId, times) => {
      failures.set(deploymentId, times);
    },
    unsupportedFields: (_, { request }) => unsupported(request),
    async call(_operation: OperationName, call: ProviderCall): Promise<ProviderResult> {
      const answer = answerTo(call);
      if (call.stream) return { kind: "stream", parts: partsOf(answer, call) };
      return { kind: "answer", value: answer as never, bytes: JSON.stringify(answer, undefined, 1) };
    },
  };
}

function conversationOf({ conversation }: JsonObject): unknown {
  return isJsonObject(conversation) ? conversation["id"] : conversation;
}

function namedIn(request: JsonObject): readonly string[] {
  const { input, previous_response_id: previous } = request;
  const items = (Array.isArray(input) ? input : []) as readonly JsonObject[];
  const referenced = items.filter(({ type }) => type === "item_reference").map(({ id }) => id);
  return [previous, conversationOf(request), ...referenced].filter((id): id is string => typeof id === "string");
}

/** The events of an answer: its beginning, two deltas, and its end, each part with its bytes. */
function partsIn(answer: JsonObject): readonly StreamPart[] {
  const [item] = answer["output"] as readonly [JsonObject];
  const delta = { type: "response.output_text.delta", item_id: item["id"], output_index: 0, content_index: 0 };
  const begun = { ...answer, status: "in_progress", output: [] };
  const part = (events: readonly JsonObject[], facts: Partial<StreamPart>): StreamPart => ({
    chunks: events as unknown as StreamPart["chunks"],
    bytes: new TextEncoder().encode(events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join("")),
    content: false,
    finished: 0,
    done: false,
    usage: undefined,
    ...facts,
  });
  return [
    part([{ type: "response.created", response: begun }], {}),
    part(
      [
        { type: "response.output_item.added", item: { ...item, content: [] } },
        { ...delta, delta: "h" },
      ],
      { content: true },
    ),
    part([{ ...delta, delta: `"${String(item["id"])}"` }], { content: true }),
    part(
      [
        { type: "response.output_item.done", item },
        { type: "response.completed", response: answer },
      ],
      {
        finished: 1,
        done: true,
      },
    ),
  ];
}
