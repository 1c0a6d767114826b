import { mistypedNames } from "@modelyard/core/kit";
import { foreignAddress } from "./foreign-addresses.js";

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

/** LiteLLM's other providers, of which nothing more is known here. Source: LiteLLM 1.108, `litellm.provider_list`. */
const otherProviders = new Set(
  (
    "a2a_agent aiohttp_openai apertis aws_textract azure_speech bespoke charity_engine cognition cometapi compactifai " +
    "coralbricks cortecs cursor custom darkbloom databricks_agent datarobot edenai empower galadriel gdc helicone heroku " +
    "humanloop inception inferenceapis langflow langfuse laya libertai meta microsoft_365_copilot milvus modelscope mongodb " +
    "nadir nano-gpt neosantara nvidia_riva parasail pg_vector pinstripes prism publicai qwen_ai_platform qwencloud reducto " +
    "reka s3_vectors sail scaledown scx-ai soniox strands_decider tencent tensormesh text-completion-inception transcribe " +
    "typesafe valkey"
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

/** What a name says of a model that answers no chat, completion or embedding. Source: OpenAI's, Groq's and Google's lists of models. */
const otherModels: readonly (readonly [pattern: RegExp, mode: string])[] = [
  [/^(?:whisper-|distil-whisper-|faster-whisper-|gpt-4o(?:-mini)?-transcribe)/u, "audio_transcription"],
  [/^(?:tts-\d|gpt-4o(?:-mini)?-tts|playai-tts)/u, "audio_speech"],
  [/^(?:dall-e-|gpt-image-|chatgpt-image-|imagen-|flux[-.\d])/u, "image_generation"],
  [/^(?:omni|text)-moderation-/u, "moderation"],
  [/^(?:gpt-realtime|gpt-4o(?:-mini)?-realtime)/u, "realtime"],
  [/^(?:sora|veo)-/u, "video_generation"],
];

/** OpenAI's models that only its Responses API serves. Source: OpenAI, "Models", 2026-11. */
const responsesOnly =
  /^(?:o1-pro|o3-pro|o3-deep-research|o4-mini-deep-research|codex-mini|computer-use-preview|gpt-5-pro|gpt-5(?:\.\d+)?-codex(?:-\w+)*)(?:-\d{4}-\d\d-\d\d|-latest)?$/u;

/** An address that was copied with the operation at its end. Source: Azure's portal shows it so for such models. */
const responsesAddress = /\/responses\/?(?:\?.*)?$/u;

/** What is looked at of a deployment. */
export interface DeploymentSketch {
  /** As written, without its provider. */
  readonly model: string;
  /** From the model's prefix, from its own setting, or inferred from the name; `undefined` if unknown. */
  readonly provider: string | undefined;
  readonly mode: unknown;
  /** Whether its provider is not among those that can be called, and is not a misspelling of one. */
  readonly isForeign: boolean;
  /** Its own, which may be anybody's. */
  readonly address: unknown;
  readonly hasKey: boolean;
  /** Whether the file says that its provider is a class of the user's for LiteLLM. */
  readonly inPython: boolean;
  /** Names of settings that only a vendor's provider understands. */
  readonly settings: readonly string[];
}

const providersOfLitellm = [...otherApis, ...otherProviders, ...litellmOwn, ...signIns];

/**
 * Whether a word before a model is a provider that is not registered: one of LiteLLM's, or one that is nobody's
 * misspelling.
 */
export function isForeignProvider(name: string, registered: ReadonlyMap<string, unknown>): boolean {
  if (registered.has(name)) return false;
  return (
    providersOfLitellm.includes(name) || mistypedNames(name, [...registered.keys(), ...providersOfLitellm]).length === 0
  );
}

/** Settings of Microsoft Entra ID, by which Azure is called without a key. */
const entra = /^(?:azure_ad_token|tenant_id|client_id|client_secret|azure_(?:username|password|scope))/u;

/** Why a provider that is not registered cannot be called. */
function foreignReason({ model, inPython }: DeploymentSketch, provider: string): string {
  if (signIns.has(provider)) return `${provider} needs a browser login, which Modelyard does not support.`;
  if (litellmOwn.has(provider)) return `${provider} is a LiteLLM feature that Modelyard does not have.`;
  if (inPython) return `the provider ${provider} is written in Python, which Modelyard cannot run.`;
  if (otherApis.has(provider)) return `${provider} has its own API, which Modelyard does not support.`;
  return `Modelyard has no provider "${provider}". If it is OpenAI-compatible, write openai/${model} and set api_base.`;
}

/** Why a deployment cannot be called, in a sentence, or `undefined` if it can be tried. */
export function unservedReason(sketch: DeploymentSketch): string | undefined {
  const { model, provider = "", mode, address } = sketch;
  if (sketch.isForeign) return foreignReason(sketch, provider);
  // A provider of the user's own serves what is called like one of LiteLLM's.
  if (providersOfLitellm.includes(provider)) return undefined;
  if (provider.startsWith("azure") && !sketch.hasKey && sketch.settings.some((name) => entra.test(name)))
    return "it uses Microsoft Entra ID, which Modelyard does not support. Set an api_key.";
  if (provider === "azure_ai" && model.startsWith("claude"))
    return "Claude in Microsoft Foundry uses Anthropic's API: write anthropic/NAME and set api_base.";
  const elsewhere = foreignAddress(provider, address);
  if (elsewhere !== undefined) return elsewhere;
  const responses = "it uses the Responses API, which Modelyard does not support.";
  if ((provider === "openai" || provider === "azure") && model.startsWith("responses/")) return responses;
  if (mode === "responses" || (typeof address === "string" && responsesAddress.test(address))) return responses;
  if (typeof mode === "string" && otherModes.has(mode)) return `its mode is ${mode}, which Modelyard does not support.`;
  if (typeof mode === "string" && servedModes.has(mode)) return undefined;
  // Names of self-hosted models start with their author.
  const name = model.slice(model.lastIndexOf("/") + 1);
  const [, told] = otherModels.find(([pattern]) => pattern.test(name)) ?? [];
  if (told !== undefined) return `it is a model for ${told}, which Modelyard does not support.`;
  return provider === "openai" && address === undefined && responsesOnly.test(model) ? responses : undefined;
}
