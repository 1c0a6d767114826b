// What applications use, and the contracts they hand to the router. What only authors of parts need is in ./kit/index.ts.

// Errors
export {
  APIConnectionError,
  APIError,
  APIResponseValidationError,
  AbortedError,
  AuthenticationError,
  BadGatewayError,
  BadRequestError,
  ConflictError,
  ContentPolicyViolationError,
  ContextWindowExceededError,
  InternalServerError,
  InvalidOptionError,
  InvalidRequestError,
  ModelNotFoundError,
  NoDeploymentAvailableError,
  NotFoundError,
  OverloadedError,
  PayloadTooLargeError,
  PermissionDeniedError,
  type ProviderError,
  QuotaExhaustedError,
  RateLimitError,
  ServiceUnavailableError,
  StreamInterruptedError,
  Timeout,
  UnprocessableEntityError,
  UnsupportedParamsError,
} from "./errors/classes.js";
export { type ErrorKind, errorKinds } from "./errors/kinds.js";
export { RouterError } from "./errors/router-error.js";

// Configuration
export type {
  AllowedFailsPolicy,
  CacheOptions,
  DeploymentOptions,
  GroupOptions,
  RetryPolicy,
  RouterConfig,
} from "./config.js";
export type { ConfigWarning } from "./config-warning.js";
export type { Deployment, DeploymentInfo, Limits, Prices, Timeouts } from "./deployment.js";
export type { Fallbacks } from "./fallbacks.js";
export { Secret } from "./secret.js";

// Requests and answers
export type { CallOptions } from "./call-options.js";
export type { JsonObject } from "./json.js";
export type { OperationName } from "./operations/operation-row.js";
export type { AttemptRecord, Trail } from "./trail.js";
export type {
  ChatCompletion,
  ChatCompletionChunk,
  ChatMessage,
  ChatRequest,
  ContentPart,
  FinishReason,
  ResponseFormat,
  Tool,
  ToolCall,
  ToolChoice,
} from "./wire/chat.js";
export type { EmbeddingRequest, EmbeddingResponse } from "./wire/embedding.js";
export type { MessagesRequest } from "./wire/messages.js";
export type { ResponsesRequest } from "./wire/responses.js";
export type { TextCompletion, TextCompletionRequest } from "./wire/text-completion.js";
export type { Usage } from "./wire/usage.js";

// Events
export {
  type Callback,
  type CallPayload,
  defineCallback,
  type EventOf,
  type RouterEvent,
  type RouterEventType,
} from "./events.js";

// Contracts
export type { Cache } from "./cache.js";
export { type Clock, type Random, seededRandom } from "./clock-and-random.js";
export type { CooldownPolicy } from "./cooldown.js";
export type { Engine, RouterState } from "./engine.js";
export type { NonEmpty } from "./json.js";
export { consoleLogger, type Logger, silentLogger } from "./logger.js";
export type { ModelCatalog } from "./model-catalog.js";
export type { Provider, ProviderCall, ProviderResult } from "./provider.js";
export type { SharedState } from "./shared-state.js";
export type { Candidate, Filter, PickContext, Strategy, StrategyEvent } from "./strategy.js";
export type { Surface } from "./surface.js";
export type { TokenEstimator } from "./token-estimate.js";
