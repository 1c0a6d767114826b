/** Reasons why a LiteLLM provider cannot be called. Messages put the provider's name in front. */
const reasons = {
  ownApi: "has its own API, which Modelyard does not support.",
  login: "needs a browser login, which Modelyard does not support.",
  feature: "is a LiteLLM feature that Modelyard does not have.",
} as const;

/**
 * LiteLLM providers that Modelyard has no provider for. Sources: docs.litellm.ai, "Providers"; LiteLLM 1.108,
 * `litellm.provider_list`.
 */
const names: Readonly<Record<keyof typeof reasons | "unknown", string>> = {
  ownApi:
    "a2a ai21 ai21_chat aleph_alpha amazon_nova anthropic_text assemblyai aws_polly azure_text bedrock bedrock_converse bedrock_mantle " +
    "black_forest_labs bytez clarifai cohere cohere_chat deepgram elevenlabs fal_ai gigachat gradient_ai infinity jina_ai langgraph " +
    "manus maritalk nlp_cloud oci oobabooga palm petals predibase pydantic_ai_agents ragflow recraft replicate runwayml sagemaker " +
    "sagemaker_chat sagemaker_nova sap snowflake stability text-completion-codestral text-completion-inference-net topaz triton vertex_ai " +
    "vertex_ai_beta voyage watsonx watsonx_text",
  login: "github_copilot chatgpt",
  // These do not call a vendor. They choose among other groups or fill in prompts.
  feature: "auto_router litellm_agent dotprompt",
  unknown:
    "a2a_agent aiohttp_openai apertis aws_textract azure_speech bespoke charity_engine cognition cometapi compactifai " +
    "coralbricks cortecs cursor custom darkbloom databricks_agent datarobot edenai empower galadriel gdc helicone heroku " +
    "humanloop inception inferenceapis langflow langfuse laya libertai meta microsoft_365_copilot milvus modelscope mongodb " +
    "nadir nano-gpt neosantara nvidia_riva parasail pg_vector pinstripes prism publicai qwen_ai_platform qwencloud reducto " +
    "reka s3_vectors sail scaledown scx-ai soniox strands_decider tencent tensormesh text-completion-inception transcribe " +
    "typesafe valkey",
};

/** Maps the name of a LiteLLM provider to the reason why it cannot be called, `undefined` if only the name is known. */
export const litellmProviders: ReadonlyMap<string, string | undefined> = new Map(
  Object.entries(names).flatMap(([reason, list]) =>
    list.split(" ").map((name) => [name, (reasons as Readonly<Record<string, string>>)[reason]] as const),
  ),
);
