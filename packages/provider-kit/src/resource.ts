import type { OperationName } from "@modelyard/core";
import {
  isJsonObject,
  jsonExcess,
  type ResourceAnswer,
  type ResourceCall,
  type StreamPart,
  type TransportRequest,
  type TransportResponse,
} from "@modelyard/core/kit";
import { longestAnswer } from "./body.js";
import type { Endpoint } from "./endpoint.js";
import { EventSplitter } from "./event-splitter.js";
import type { Exchange } from "./exchange.js";
import { ScannedStream } from "./scanned-stream.js";

const decoder = new TextDecoder();

/** The request for what is stored below the path of an operation. */
export function resourceRequest({ origin, path, headers }: Endpoint, call: ResourceCall): TransportRequest {
  const { method, cancellation, connectMs, headersMs } = call;
  const { publicOnly } = call.deployment.connection;
  return {
    method,
    origin,
    path: below(path, call.path),
    headers,
    // Some hosts refuse a POST without a body.
    ...(method === "POST" ? { body: "{}" } : {}),
    cancellation,
    connectMs,
    headersMs,
    publicOnly,
  };
}

/** Both paths may have a query. */
function below(path: string, rest: string): string {
  const [base = "", query] = path.split("?");
  const [more = "", asked] = rest.split("?");
  const queries = [query, asked].filter((one) => one !== undefined && one !== "").join("&");
  return `${base}${more}${queries === "" ? "" : `?${queries}`}`;
}

/** Reads an answer. A response that failed contains its error, and is an answer all the same. */
export async function readResource(
  sending: Promise<TransportResponse>,
  exchange: Exchange<unknown>,
  operation: OperationName,
): Promise<ResourceAnswer> {
  try {
    const response = await sending;
    exchange.response = response;
    if (response.status < 200 || response.status > 299) throw await exchange.refusal();
    if (exchange.streams) return { value: {}, parts: eventsOf(exchange, operation) };
    const bytes = await response.bytes(longestAnswer);
    const value = parsed(bytes);
    if (!isJsonObject(value)) throw exchange.invalid("a good status, but its body is not a JSON object");
    return { value, bytes };
  } catch (thrown) {
    throw exchange.explain(thrown);
  }
}

function eventsOf(exchange: Exchange<unknown>, operation: OperationName): AsyncIterable<StreamPart> {
  return new ScannedStream({
    response: exchange.response,
    scanner: new EventSplitter(operation, () => exchange.invalid("an event that is too long")),
    explain: (thrown) => exchange.explain(thrown),
    wrong: (text) => exchange.notEvents(text),
  });
}

function parsed(bytes: Uint8Array): unknown {
  if (bytes.length > longestAnswer) return undefined;
  const text = decoder.decode(bytes);
  if (jsonExcess(text) !== undefined) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
