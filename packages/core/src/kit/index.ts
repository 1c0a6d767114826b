// What authors of parts need besides the contracts of ../index.ts: providers, caches, strategies, callbacks, surfaces, and
// the packages of this repository. No name is exported by both.

// Numbers and text from outside
export * from "../bounded.js";
export * from "../caller-bounds.js";
export * from "../content-length.js";
export * from "../escape-reg-exp.js";
export * from "../forwarded-headers.js";
export * from "../header-value.js";
export * from "../near-names.js";
export * from "../public-address.js";
export * from "../rate-limit-report.js";
export * from "../retry-after.js";
export * from "../web-origin.js";

// JSON
export {
  deepestJson,
  isJsonObject,
  isNonEmpty,
  type JsonExcess,
  jsonExcess,
  type JsonValue,
  type MaybePromise,
  mostJsonKeys,
} from "../json.js";
export { checkJsonShape, checkLongShape, shapeSteps } from "../json-shape.js";
export { hasRepeatedKey } from "../short-shape.js";
export { isLong, JsonWriter, requestJson, writeJson } from "../json-writer.js";
export { canonicalJson, isStableId, sha256Hex, stableId } from "../stable-id.js";
export { toJson } from "../to-json.js";

// Errors and secrets
export { hmacSha256 } from "../hmac.js";
export * from "../connection-secrets.js";
export { createError, createProviderError, invalidOption, problemOf } from "../errors/classes.js";
export { asProviderError } from "../errors/as-provider-error.js";
export * from "../errors/classify.js";
export { type Blame, type ErrorClassName, type ErrorKindRow, policyClasses } from "../errors/kinds.js";
export type { RouterErrorOptions, UpstreamFailure, VendorAnswer } from "../errors/router-error.js";
export * from "../failed-call.js";
export * from "../scrub.js";

// Configuration
export type { CacheControls, LazyText } from "../call-options.js";
export type { AffinityKey, AliasTarget, MidStreamFallback, RetryBudgetOptions } from "../config.js";
export { formatWarning, type OptionPath, showOptionPath } from "../config-warning.js";
export type { Capabilities, ClientSideParam, Connection, Continuation, PriceTier } from "../deployment.js";
export type { FallbackEntry, FallbackMap, RequestFallbacks } from "../fallbacks.js";

// Time, randomness and cancellation
export * from "../cancellation.js";
export { oneOf, sleep, systemClock, systemRandom, type Timer, wentBack } from "../clock-and-random.js";
export { decodeInTurns, joinInTurns } from "../long-bytes.js";
export { atOnce, inTurns, nextTurn, type Steps } from "../next-turn.js";
export { rejected } from "../rejected.js";

// Operations and their answers
export * from "../finish-reasons.js";
export { operationNames, operations } from "../operations.js";
export { withOutputText } from "../operations/output-text.js";
export { isTranslatedId, translatedIdEnd } from "../operations/translated-ids.js";
export type {
  AnswerOf,
  AnswerReads,
  CacheItems,
  MockEvent,
  MockFacts,
  OperationMock,
  OperationRow,
  RequestFault,
  RequestNeeds,
  StoredId,
  StoredIds,
  OperationTypes,
} from "../operations/operation-row.js";
export type {
  StreamContinuation,
  StreamJoiner,
  TextCutter,
  UnfinishedAnswer,
} from "../operations/continuation/stream-continuation.js";
export { estimateChatInput, estimatePromptInput } from "../token-estimate.js";
export { type PromptParts, turnsUntilFirstUser } from "../operations/prompt-parts.js";
export type { AffinityRecord, ContinuationWay, MoveReason, Rejection } from "../trail.js";
export type {
  AssistantMessage,
  ChatChoice,
  ChatChunkChoice,
  ChatDelta,
  ChatRole,
  CustomTool,
  CustomToolCall,
  FunctionTool,
  ImagePart,
  OtherPart,
  TextPart,
  ToolCallDelta,
  VendorTool,
} from "../wire/chat.js";
export type { Embedding } from "../wire/embedding.js";
export * from "../wire/error-body.js";
export type {
  MessagesAnswer,
  MessagesBlock,
  MessagesBlockParam,
  MessagesDelta,
  MessagesDocument,
  MessagesEvent,
  MessagesImage,
  MessagesMessage,
  MessagesOtherBlock,
  MessagesRedactedThinking,
  MessagesStopReason,
  MessagesText,
  MessagesThinking,
  MessagesTool,
  MessagesToolResult,
  MessagesToolUse,
  MessagesUsage,
} from "../wire/messages.js";
export type {
  ResponsesAnswer,
  ResponsesCustomToolCall,
  ResponsesEvent,
  ResponsesFunctionCall,
  ResponsesInputItem,
  ResponsesInputMessage,
  ResponsesItemReference,
  ResponsesOtherItem,
  ResponsesOutputItem,
  ResponsesOutputMessage,
  ResponsesOutputText,
  ResponsesReasoning,
  ResponsesRefusal,
  ResponsesUsage,
} from "../wire/responses.js";
export type {
  SdkChatCompletion,
  SdkChatCompletionChunk,
  SdkEmbeddingResponse,
  SdkMessagesAnswer,
  SdkResponsesAnswer,
  SdkTextCompletion,
} from "../wire/sdk-answers.js";
export * from "../wire/sum-usage.js";
export type { TextChoice } from "../wire/text-completion.js";

// Providers and their transport
export type { ModelFacts } from "../model-catalog.js";
export type {
  FieldsCall,
  ModelName,
  ProviderAnswer,
  ProviderStream,
  ResourceAnswer,
  ResourceCall,
  StreamPart,
  WireChoice,
} from "../provider.js";
export * from "../provider-identity.js";
export * from "../refusals.js";
export * from "../transport.js";

// Strategies, cooldown policies and shared state
export type {
  Cooldown,
  CooldownFailure,
  CooldownGroup,
  CooldownSettings,
  CooldownWatch,
  SharedCooldown,
} from "../cooldown.js";
export * from "../limit-counter.js";
export type {
  DeploymentCooldown,
  LimitName,
  LimitSpec,
  ReserveReply,
  ReserveRequest,
  SettleRequest,
} from "../shared-state.js";
export type { ReviewRemark } from "../strategy.js";

// Callbacks
export {
  type BatchExporter,
  BoundedExporter,
  type BoundedExporterOptions,
  type ExportOutcome,
} from "./bounded-exporter.js";
export { routerEventTypes } from "../events.js";

// Surfaces, and the router that they call
export type {
  AnswerOutcome,
  DeploymentState,
  ModelListing,
  Outcome,
  ResourceOutcome,
  ResourceRequest,
  StreamOutcome,
} from "../engine.js";
export type {
  AnswerContext,
  AnswerRoute,
  RouteAnswer,
  Bytes,
  CallRoute,
  RequestHead,
  RouteParams,
  StreamWriter,
  SurfaceAnswer,
  SurfaceCall,
  SurfaceRoute,
} from "../surface.js";
