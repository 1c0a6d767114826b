import type { ChatRequest, ProviderCall } from "@modelyard/core";
import { boundedWait, isJsonObject } from "@modelyard/core/kit";
import { eventStream } from "../event-stream.js";
import type { HttpExchange } from "../http-exchange.js";
import type { HttpOperation, HttpVendor } from "../http-vendor.js";
import { failureKind, readFailure, toVendorError } from "../vendor-failure/index.js";
import { AcceptedFields } from "./accepted-fields.js";
import { ChatWriter } from "./chat-writer.js";
import { reportedWait } from "./reported-wait.js";
import { checkDefinition, type ProviderDefinition } from "./provider-definition.js";

/** The vendor that a definition describes. @throws `invalid_option` */
export function vendorOf<Body extends object>(definition: ProviderDefinition<Body>): HttpVendor<ChatWriter> {
  checkDefinition(definition);
  const { path, accepts, body, answer, event, format, failure, errorKinds, rateLimit, ...identity } = definition;
  const { name, requestIdHeaders = ["x-request-id"] } = identity;
  const fields = accepts === undefined ? undefined : new AcceptedFields(name, accepts);
  const chat: HttpOperation<ChatWriter> = {
    path,
    write(call, exchange) {
      const dropped = fields?.dropped(call) ?? [];
      if (dropped.length > 0) exchange.dropped = dropped;
      const { stream_options: shown } = call.request as ChatRequest;
      const showsUsage = shown?.include_usage === true;
      exchange.facts = new ChatWriter({ now: exchange.now(), model: call.model, showsUsage });
      return JSON.stringify({ ...fields?.allowed(call), ...body(call as ProviderCall<"chat">) });
    },
    answer: (value, exchange) => exchange.facts.answer(answer(withoutFailure(value as Body, failure, exchange))),
    // The vendor's failures would mean nothing to clients of OpenAI's API.
    translates: true,
  };
  if (event !== undefined)
    chat.parts = (exchange) =>
      eventStream<Body>(
        exchange,
        {
          translate(value, draft, startPart) {
            const piece = event(withoutFailure(value, failure, exchange));
            if (piece !== undefined) exchange.facts.add(piece, draft, startPart);
          },
        },
        { format: format ?? "events" },
      );
  return {
    ...identity,
    operations: { chat },
    ...(rateLimit === undefined
      ? {}
      : { rateLimit: (response, now) => rateLimit((header) => response.header(header), now()) }),
    ...(fields === undefined ? {} : { unsupportedFields: (_, call) => fields.missing(call) }),
    toError(call) {
      const { body: written, header, now, status } = call;
      const words = readFailure(inKnownWords(written, failure), now);
      const kind = failureKind(status, words, errorKinds ?? {});
      const waitMs = reportedWait(kind, words, rateLimit?.(header, now), now);
      return toVendorError(call, { kind, words: { ...words, waitMs }, requestIdHeaders });
    },
  };
}

type ReadFailure<Body extends object> = ProviderDefinition<Body>["failure"];

/** @throws the failure that an answer or an event reports */
function withoutFailure<Body extends object>(
  value: Body,
  failure: ReadFailure<Body>,
  exchange: HttpExchange<ChatWriter>,
): Body {
  if (failure?.(value) !== undefined) throw exchange.failure(JSON.stringify(value));
  return value;
}

/** A failure in a form that is read for every vendor. Other bodies, such as a proxy's page, are left as they are. */
function inKnownWords<Body extends object>(body: string, failure: ReadFailure<Body>): string {
  let found: ReturnType<NonNullable<ReadFailure<Body>>>;
  try {
    const value: unknown = JSON.parse(body);
    found = isJsonObject(value) ? failure?.(value as Body) : undefined;
  } catch {
    // It is not JSON, or does not have the shape that the definition expects.
    return body;
  }
  if (typeof found === "string") return JSON.stringify({ message: found });
  if (!isJsonObject(found)) return body;
  const { retryAfterMs, ...words } = found;
  return JSON.stringify({ ...words, retry_after_ms: boundedWait(retryAfterMs) });
}
