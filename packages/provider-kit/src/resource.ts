import {
  isJsonObject,
  jsonExcess,
  type ResourceAnswer,
  type ResourceCall,
  type TransportRequest,
  type TransportResponse,
} from "@modelyard/core/kit";
import { longestAnswer } from "./body.js";
import type { Endpoint } from "./endpoint.js";
import type { Exchange } from "./exchange.js";

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
): Promise<ResourceAnswer> {
  try {
    const response = await sending;
    exchange.response = response;
    if (response.status < 200 || response.status > 299) throw await exchange.refusal();
    const bytes = await response.bytes(longestAnswer);
    const value = parsed(bytes);
    if (!isJsonObject(value)) throw exchange.invalid("a good status, but its body is not a JSON object");
    return { value, bytes };
  } catch (thrown) {
    throw exchange.explain(thrown);
  }
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
