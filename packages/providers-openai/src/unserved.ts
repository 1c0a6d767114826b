import type { WrittenDeployment } from "@modelyard/core/kit";

type Unserved = (deployment: WrittenDeployment) => string | undefined;

/** What a name says of a model that answers no chat, response, completion or embedding. Source: OpenAI's, Groq's and Google's lists of models. */
const otherModels: readonly (readonly [pattern: RegExp, purpose: string])[] = [
  [/^(?:whisper-|distil-whisper-|faster-whisper-|gpt-4o(?:-mini)?-transcribe)/u, "audio_transcription"],
  [/^(?:tts-\d|gpt-4o(?:-mini)?-tts|playai-tts)/u, "audio_speech"],
  [/^(?:dall-e-|gpt-image-|chatgpt-image-|imagen-|flux[-.\d])/u, "image_generation"],
  [/^(?:omni|text)-moderation-/u, "moderation"],
  [/^(?:gpt-realtime|gpt-4o(?:-mini)?-realtime)/u, "realtime"],
  [/^(?:sora|veo)-/u, "video_generation"],
];

/** Settings of Microsoft Entra ID, by which Azure is called without a key. */
const entra = /^(?:azure_ad_token|tenant_id|client_id|client_secret|azure_(?:username|password|scope))/u;

/** Kinds of models that cannot be called here at any host with OpenAI's API. */
export const unservedByHosts: Unserved = ({ model, operation }) => {
  if (operation !== undefined) return undefined;
  // Names of self-hosted models start with their author.
  const name = model.slice(model.lastIndexOf("/") + 1);
  const [, purpose] = otherModels.find(([pattern]) => pattern.test(name)) ?? [];
  return purpose === undefined ? undefined : `it is a model for ${purpose}, which Modelyard does not support.`;
};

export const unservedByAzure: Unserved = (deployment) => withoutKey(deployment);

export const unservedByFoundry: Unserved = (deployment) =>
  withoutKey(deployment) ??
  (deployment.model.startsWith("claude")
    ? "Claude in Microsoft Foundry uses Anthropic's API: write anthropic/NAME and set api_base."
    : undefined);

function withoutKey({ hasKey, settings }: WrittenDeployment): string | undefined {
  return !hasKey && settings.some((name) => entra.test(name))
    ? "it uses Microsoft Entra ID, which Modelyard does not support. Set an api_key."
    : undefined;
}
