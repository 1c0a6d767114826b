import { context, openaiError, reply, type Row, tooLong } from "./row.js";

const vllm = (message: string) =>
  reply({ object: "error", message, type: "BadRequestError", param: null, code: 400 }, message);

/**
 * Self-hosted servers. Sources: issues on GitHub, among them harbor-framework/harbor#996,
 * vllm-project/vllm#20409, QwenLM/Qwen3#1321, Gabesarch/grounded-rl#16, ggml-org/llama.cpp#15780,
 * oobabooga/textgen#7257, Alishahryar1/free-claude-code#1228.
 */
export const serverRows: readonly Row[] = [
  ["vLLM: too long", 400, vllm(tooLong), context],
  [
    "vLLM: prompt too long",
    400,
    vllm(
      "The decoder prompt (length 10127) is longer than the maximum model length of 8192. Make sure that `max_model_len` is no smaller than the number of text tokens plus multimodal tokens.",
    ),
    context,
  ],
  [
    "vLLM 0.16: too long",
    400,
    reply(
      {
        error: {
          message:
            "You passed 1015 input tokens and requested 10 output tokens. However, the model's context length is only 1024 tokens, resulting in a maximum input length of 1014 tokens. Please reduce the length of the input prompt. (parameter=input_tokens, value=1015)",
          type: "BadRequestError",
          param: "input_tokens",
          code: 400,
        },
      },
      "You passed 1015 input tokens and requested 10 output tokens. However, the model's context length is only 1024 tokens, resulting in a maximum input length of 1014 tokens. Please reduce the length of the input prompt. (parameter=input_tokens, value=1015)",
      "input_tokens",
    ),
    context,
  ],
  [
    "vLLM: no such model",
    404,
    reply(
      { object: "error", message: "The model `m` does not exist.", type: "NotFoundError", param: null, code: 404 },
      "The model `m` does not exist.",
    ),
    "not_found",
  ],
  ["vLLM: bad key", 401, reply({ error: "Unauthorized" }, "Unauthorized"), "authentication"],
  [
    "SGLang: too long",
    400,
    vllm("The input (61709 tokens) is longer than the model's context length (40960 tokens)."),
    context,
  ],
  [
    "SGLang: too long together with the answer",
    400,
    vllm(
      "Requested token count exceeds the model's maximum context length of 32768 tokens. You requested a total of 40000 tokens: 30000 tokens from the input messages and 10000 tokens for the completion.",
    ),
    context,
  ],
  [
    "llama.cpp: too long",
    400,
    reply(
      {
        error: {
          code: 400,
          message: "the request exceeds the available context size, try increasing it",
          type: "exceed_context_size_error",
          n_prompt_tokens: 14_429,
          n_ctx: 8192,
        },
      },
      "the request exceeds the available context size, try increasing it",
    ),
    context,
  ],
  [
    "llama.cpp: too long, older versions",
    500,
    reply(
      {
        error: {
          code: 500,
          message:
            "the request exceeds the available context size. try increasing the context size or enable context shift",
          type: "exceed_context_size_error",
          n_prompt_tokens: 1407,
          n_ctx: 256,
        },
      },
      "the request exceeds the available context size. try increasing the context size or enable context shift",
    ),
    context,
  ],
  [
    "llama.cpp: too long inside a 200",
    200,
    reply(
      {
        error: {
          code: 400,
          message:
            "the request exceeds the available context size. try increasing the context size or enable context shift",
          type: "exceed_context_size_error",
          n_prompt_tokens: 14_429,
          n_ctx: 8192,
        },
      },
      "the request exceeds the available context size. try increasing the context size or enable context shift",
    ),
    context,
  ],
  [
    "llama.cpp: loading",
    503,
    reply({ error: { code: 503, message: "Loading model", type: "unavailable_error" } }, "Loading model"),
    "service_unavailable",
  ],
  [
    "TGI: too long",
    422,
    reply(
      {
        error:
          "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 4000 `inputs` tokens and 200 `max_new_tokens`",
        error_type: "validation",
      },
      "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 4000 `inputs` tokens and 200 `max_new_tokens`",
    ),
    context,
  ],
  [
    "TGI: overloaded",
    429,
    reply({ error: "Model is overloaded", error_type: "overloaded" }, "Model is overloaded"),
    "overloaded",
  ],
  [
    "Ollama: no such model",
    404,
    openaiError('model "m" not found, try pulling it first', "api_error", null),
    "not_found",
  ],
  [
    "FastAPI: validation",
    422,
    reply(
      { detail: [{ loc: ["body", "messages"], msg: "field required", type: "value_error.missing" }] },
      "messages: field required",
      "messages",
    ),
    "unprocessable_entity",
  ],
  [
    "NVIDIA NIM: too many requests",
    429,
    reply({ status: 429, title: "Too Many Requests" }, "Too Many Requests"),
    "rate_limit",
  ],
  [
    "NVIDIA NIM: the worker fails",
    500,
    reply(
      {
        type: "urn:inference-service:problem-details:internal-server-error",
        title: "Internal Server Error",
        status: 500,
        detail: "Inference connection error",
      },
      "Inference connection error",
    ),
    "internal_server",
  ],
];
