import type { JsonObject, ProviderCall } from "@modelyard/core";
import { type Continuation, isJsonObject } from "@modelyard/core/kit";

/**
 * A call whose last message is the beginning of the answer, with what its host wants to read to continue it.
 * @param baseUrl - where it does so; not set: at the usual address
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
    // The text says what the caller asked for, not what is asked for now.
    requestText: undefined,
    deployment:
      baseUrl === undefined ? deployment : { ...deployment, connection: { ...deployment.connection, baseUrl } },
  };
}
