import type { JsonObject, ProviderCall } from "@modelyard/core";
import { type Continuation, isJsonObject } from "@modelyard/core/kit";

/**
 * A call whose last message is the beginning of the answer, with the fields that make its host continue it.
 * @param baseUrl - the address at which the host does so; not set: the usual one
 */
export function continued(
  call: ProviderCall,
  { message, body }: Continuation,
  baseUrl: string | undefined,
): ProviderCall {
  const request = call.request as unknown as JsonObject;
  const { deployment } = call;
  return {
    ...call,
    request: { ...request, ...body, ...marked(request, message) } as unknown as ProviderCall["request"],
    // It is the text of the caller's request, not of this one.
    requestText: undefined,
    deployment:
      baseUrl === undefined ? deployment : { ...deployment, connection: { ...deployment.connection, baseUrl } },
  };
}

/** The list that ends with the beginning of the answer: `messages`, or `input` for Responses. */
function marked(request: JsonObject, mark: Continuation["message"]): JsonObject {
  const field = Array.isArray(request["messages"]) ? "messages" : "input";
  const turns = Array.isArray(request[field]) ? (request[field] as readonly unknown[]) : [];
  const last = turns.at(-1);
  return isJsonObject(last) ? { [field]: [...turns.slice(0, -1), { ...last, ...mark }] } : {};
}
