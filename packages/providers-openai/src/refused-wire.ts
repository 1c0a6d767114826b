import type { OperationName, ProviderError } from "@modelyard/core";

/**
 * Texts with which OpenAI and Azure name Responses as the API to use. Sources: pipecat-ai/pipecat#4043, BerriAI/litellm#34569,
 * pgadmin-org/pgadmin4#9795.
 */
const useResponses = /(?:\buse|\bsupported in) \/?v1\/responses\b/iu;
/** Of old completion models and of models that only Responses serves alike. Source: micz/ThunderAI#570. */
const notForChat = /\bnot a chat model\b/iu;
/** Source: Laisky/one-api#88. */
const notForResponses = /not supported with the Responses API/iu;
/** What else a 404 may be about. */
const somethingElse =
  /\b(?:model|deployment|response|item|conversation|file|prompt)\b.*\b(?:not found|not exist|no access)/isu;

/** The wire over which a host that refused a call may serve it. `undefined`: the refusal is not about the wire. */
export function otherWire(asked: OperationName, error: ProviderError): OperationName | undefined {
  return others[asked]?.(error);
}

const others: { readonly [Wire in OperationName]?: (error: ProviderError) => OperationName | undefined } = {
  chat: ({ upstream, message }) =>
    refusing.has(upstream?.status) && (useResponses.test(message) || notForChat.test(message))
      ? "responses"
      : undefined,
  responses: (error) => (isAboutPath(error) || notForResponses.test(error.message) ? "chat" : undefined),
};

const refusing: ReadonlySet<number | undefined> = new Set([400, 404]);

/** Whether the host does not have the path, and not just something that the request names. */
function isAboutPath({ upstream, message }: ProviderError): boolean {
  if (upstream?.status === 405) return true;
  return upstream?.status === 404 && upstream.code === undefined && !somethingElse.test(message);
}
