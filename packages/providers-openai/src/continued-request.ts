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
  const messages = Array.isArray(request["messages"]) ? (request["messages"] as readonly unknown[]) : [];
  const last = messages.at(-1);
  const marked = isJsonObject(last) ? [...messages.slice(0, -1), { ...last, ...message }] : messages;
  const { deployment } = call;
  return {
    ...call,
    request: { ...request, ...body, messages: marked } as unknown as ProviderCall["request"],
    // It is the text of the caller's request, not of this one.
    requestText: undefined,
    deployment:
      baseUrl === undefined ? deployment : { ...deployment, connection: { ...deployment.connection, baseUrl } },
  };
}
