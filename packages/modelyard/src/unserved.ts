/** Providers of LiteLLM's that have an API of their own, which Modelyard does not speak. Source: docs.litellm.ai, "Providers". */
const otherApis = new Set(
  (
    "a2a ai21 ai21_chat aleph_alpha amazon_nova anthropic_text assemblyai aws_polly azure_text bedrock bedrock_converse bedrock_mantle " +
    "black_forest_labs bytez clarifai cohere cohere_chat deepgram elevenlabs fal_ai gigachat gradient_ai infinity jina_ai langgraph " +
    "manus maritalk nlp_cloud oci oobabooga palm petals predibase pydantic_ai_agents ragflow recraft replicate runwayml sagemaker " +
    "sagemaker_chat sagemaker_nova sap snowflake stability text-completion-codestral text-completion-inference-net topaz triton vertex_ai " +
    "vertex_ai_beta voyage watsonx watsonx_text"
  ).split(" "),
);

/** What LiteLLM does itself under a provider's name: it chooses among other groups, or fills in prompts. */
const litellmOwn = new Set(["auto_router", "litellm_agent", "dotprompt"]);

/** Providers that are signed in to by a person with a browser. */
const signIns = new Set(["github_copilot", "chatgpt"]);

/** Modes of LiteLLM's that are served here. */
const servedModes = new Set(["chat", "completion", "embedding"]);
/** Those that are not. Another word is a note of the user's. Source: LiteLLM's model map, `mode`. */
const otherModes = new Set(
  (
    "audio_speech audio_transcription batch guardrail image_edit image_generation image_variation moderation moderations ocr realtime rerank " +
    "responses search vector_store video_generation"
  ).split(" "),
);

/** What a name says of a model that answers no chat, completion or embedding. Source: OpenAI's and Groq's lists of models. */
const otherModels: readonly (readonly [pattern: RegExp, mode: string])[] = [
  [/^(?:whisper-|distil-whisper-|gpt-4o(?:-mini)?-transcribe)/u, "audio_transcription"],
  [/^(?:tts-\d|gpt-4o(?:-mini)?-tts|playai-tts)/u, "audio_speech"],
  [/^(?:dall-e-|gpt-image-|chatgpt-image-)/u, "image_generation"],
  [/^(?:omni|text)-moderation-/u, "moderation"],
  [/^(?:gpt-realtime|gpt-4o(?:-mini)?-realtime)/u, "realtime"],
  [/^sora-/u, "video_generation"],
];

/** OpenAI's models that only its Responses API serves. Source: OpenAI, "Models", 2026-11. */
const responsesOnly =
  /^(?:o1-pro|o3-pro|o3-deep-research|o4-mini-deep-research|codex-mini|computer-use-preview|gpt-5-pro|gpt-5(?:\.\d+)?-codex(?:-\w+)*)(?:-\d{4}-\d\d-\d\d|-latest)?$/u;

/** What is looked at of a deployment. */
export interface DeploymentSketch {
  /** As written, without its provider. */
  readonly model: string;
  /** As written before the model, as given beside it, or told from the name; `undefined`: nobody can tell. */
  readonly provider: string | undefined;
  readonly mode: unknown;
  /** Whether it has an address of its own, which may be anybody's. */
  readonly hasAddress: boolean;
  readonly hasKey: boolean;
  /** Whether the file says that its provider is a class of the user's for LiteLLM. */
  readonly inPython: boolean;
  /** Names of settings that only a vendor's provider understands. */
  readonly settings: readonly string[];
}

/** Whether a word before a model is a provider of LiteLLM's, though none of ours. */
export function isForeignProvider(name: string): boolean {
  return otherApis.has(name) || signIns.has(name) || litellmOwn.has(name);
}

/** Settings of Microsoft Entra ID, by which Azure is called without a key. */
const entra = /^(?:azure_ad_token|tenant_id|client_id|client_secret|azure_(?:username|password|scope))/u;

/** Why nothing here can call a deployment, in a sentence; `undefined`: it can be tried. */
export function unservedReason(sketch: DeploymentSketch): string | undefined {
  const { model, provider = "", mode, hasAddress } = sketch;
  if (signIns.has(provider)) return `${provider} is signed in to with a browser, which Modelyard does not do.`;
  if (litellmOwn.has(provider)) return `${provider} is a part of LiteLLM's that Modelyard does not have.`;
  if (sketch.inPython) return `the provider ${provider} is written in Python, which Modelyard does not run.`;
  if (otherApis.has(provider)) return `${provider} has an API of its own, which Modelyard does not speak.`;
  if (provider.startsWith("azure") && !sketch.hasKey && sketch.settings.some((name) => entra.test(name)))
    return "it is called with Microsoft Entra ID, which Modelyard does not do. Give it an api_key.";
  if (provider === "azure_ai" && model.startsWith("claude"))
    return "Claude in Microsoft Foundry speaks Anthropic's API: write it as anthropic/NAME with its address.";
  const responses = "it is for the Responses API, which Modelyard does not serve.";
  if ((provider === "openai" || provider === "azure") && model.startsWith("responses/")) return responses;
  if (mode === "responses") return responses;
  if (typeof mode === "string" && otherModes.has(mode)) return `its mode is ${mode}, which Modelyard does not serve.`;
  if (typeof mode === "string" && servedModes.has(mode)) return undefined;
  const [, told] = otherModels.find(([pattern]) => pattern.test(model)) ?? [];
  if (told !== undefined) return `it is a model for ${told}, which Modelyard does not serve.`;
  return provider === "openai" && !hasAddress && responsesOnly.test(model) ? responses : undefined;
}
