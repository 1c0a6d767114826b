import type { JsonObject, Usage } from "@modelyard/core";
import { isJsonObject, operations } from "@modelyard/core/kit";
import { eventStream, type HttpOperation, type HttpVendor, type WireOperation } from "../../src/node.js";

const ends = new Set<unknown>(["message_stop", "response.completed", "response.incomplete", "response.failed"]);

/** Whether an event is the last one that matters. A chat ends with its usage, which is asked for. */
function isEnd({ type, choices }: JsonObject): boolean {
  return ends.has(type) || (Array.isArray(choices) && choices.length === 0);
}

/** An operation whose requests, answers and events are passed on as they are, as a vendor with that wire has it. */
export function wireOperation(wire: WireOperation): HttpOperation {
  const { reads, path } = operations[wire];
  const usual = { chat: { stream_options: { include_usage: true } } } as Readonly<Record<string, object>>;
  return {
    path: `/v1${path}`,
    write: ({ request, model, stream }) =>
      JSON.stringify({ ...request, model, ...(stream ? { stream, ...usual[wire] } : {}) }),
    answer(value, exchange) {
      if (value["status"] === "failed") throw exchange.failure(JSON.stringify(value));
      return value as never;
    },
    parts: (exchange) => {
      let usage: Usage | undefined;
      return eventStream(exchange, {
        translate(event, draft) {
          const { response } = event;
          if (isJsonObject(response) && response["status"] === "failed")
            throw exchange.failure(JSON.stringify(response));
          draft.chunks.push(event);
          draft.content ||= reads.contentLength(event) > 0;
          for (const choice of reads.choices(event) ?? [])
            if (reads.finishReason(choice) !== undefined) draft.finished += 1;
          usage = (reads.usage(event, usage) as Usage | undefined) ?? usage;
          draft.usage = usage;
          draft.done ||= isEnd(event);
        },
      });
    },
  };
}

/** A vendor that has one wire only. */
export function wireVendor(wire: WireOperation, more: Partial<HttpVendor> = {}): HttpVendor {
  return { name: "vendor", operations: { [wire]: wireOperation(wire) }, ...more };
}
