/** What an id that LiteLLM encoded names. */
export interface ForeignId {
  /** The vendor's own id. */
  readonly id: string;
  /** LiteLLM's id of the deployment: the `id` in its `model_info`, or a hash that means nothing here. */
  readonly deploymentId: string;
}

const longestId = 2_048;
/** `resp_` or `encitem_`, and base64. */
const encodedForm = /^(?:resp|encitem)_(?<text>[\w+/-]{24,}={0,2})$/u;
const contents =
  /^litellm:(?:custom_llm_provider:[^;]*;)?model_id:(?<deploymentId>[^;]*);(?:response|item)_id:(?<id>.+)$/su;

/**
 * Reads ids of responses and items that LiteLLM encoded, so that conversations that began there go on here.
 * Source: `_build_responses_api_response_id` in LiteLLM's `responses/utils.py`.
 */
export function readForeignId(id: string): ForeignId | undefined {
  if (id.length > longestId) return undefined;
  const text = encodedForm.exec(id)?.groups?.["text"];
  // Base64 of `litellm:`, without the last character, which depends on what follows.
  if (text?.startsWith("bGl0ZWxsbT") !== true) return undefined;
  const { deploymentId, id: original } = contents.exec(decode(text))?.groups ?? {};
  return deploymentId === undefined || original === undefined ? undefined : { id: original, deploymentId };
}

function decode(text: string): string {
  try {
    return atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return "";
  }
}
