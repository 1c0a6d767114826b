/** LiteLLM's names of its functions, the waiting ones and the others. */
export const callTypes = [
  "completion",
  "acompletion",
  "text_completion",
  "atext_completion",
  "embedding",
  "aembedding",
  "transcription",
  "atranscription",
  "rerank",
  "arerank",
  "responses",
  "aresponses",
] as const;
