import { callerBounds } from "../caller-bounds.js";
import type { Rows } from "./setting.js";

/** The requests to vendors, and the answers. */
export const requests = {
  defaultParams: {
    kind: "requestFields",
    description: "Request fields that apply if a call does not set them.",
    router: ["router_settings.default_litellm_params"],
  },
  dropParams: {
    kind: "dropParams",
    description: "Drops request fields that a host or model refuses, or only those in a list, instead of failing.",
    default: false,
    router: ["litellm_settings.drop_params"],
    deployment: ["litellm_params.drop_params"],
    call: { body: ["drop_params"], inFallback: true, flight: "answer" },
  },
  additionalDropParams: {
    kind: "fieldPaths",
    description: "Fields that are never sent, by name or by path, e.g. `tools[*].function.strict`.",
    router: ["litellm_settings.additional_drop_params"],
    deployment: ["litellm_params.additional_drop_params"],
    call: { body: ["additional_drop_params"], inFallback: true, flight: "answer" },
  },
  allowedOpenaiParams: {
    kind: "texts",
    description: "Fields that are sent even if the host or model is known to refuse them.",
    deployment: ["litellm_params.allowed_openai_params"],
    call: { body: ["allowed_openai_params"], inFallback: true, flight: "answer" },
  },
  chatOverResponses: {
    kind: "flag",
    description: "Makes chats over Responses at the vendor that both APIs come from.",
    default: false,
    router: ["litellm_settings.route_all_chat_openai_to_responses"],
  },
  messagesOverChat: {
    kind: "flag",
    description: "Makes calls of Messages over chat completions, not Responses.",
    default: false,
    router: ["litellm_settings.use_chat_completions_url_for_anthropic_messages"],
  },
  reasoningSummaries: {
    kind: "flag",
    description: "Asks for detailed summaries of what models think, where a translated request sets only an effort.",
    default: false,
    router: ["litellm_settings.reasoning_auto_summary"],
  },
  conversationTtlMs: {
    kind: "duration",
    description: "How long what later turns of translated conversations need is kept; 0: not at all.",
    default: 3_600_000,
    router: ["router_settings.conversation_ttl"],
  },
  midStreamFallback: {
    kind: "midStreamFallback",
    description: "What happens to a plain-text stream that breaks after its first content.",
    default: "error",
    router: ["router_settings.mid_stream_fallback"],
    call: { body: ["mid_stream_fallback"], flight: "own" },
  },
  holdBackEvents: {
    kind: "count",
    description: "Events of a stream that are held back, so that failures among them stay invisible.",
    default: 0,
    router: ["router_settings.hold_back_events"],
    call: { body: ["hold_back_events"], ceiling: callerBounds.heldEvents, flight: "own" },
  },
  metadata: {
    kind: "fields",
    description: "Passed to strategies and callbacks, and never sent to a vendor.",
    call: { body: ["metadata", "litellm_metadata"], inFallback: true, flight: "own" },
  },
  clientAuth: {
    kind: "object",
    description: "The client's own connection, if a deployment's `clientSideAuthParams` allow it.",
    call: { inFallback: true, flight: "answer" },
  },
  "clientAuth.apiKey": {
    kind: "text",
    description: "The client's own key.",
    call: { body: ["api_key"], inFallback: true, flight: "answer" },
  },
  "clientAuth.apiBase": {
    kind: "text",
    description: "The client's own address.",
    call: { body: ["api_base", "base_url"], inFallback: true, flight: "answer" },
  },
  mockResponse: {
    kind: "text",
    description: "Answers with this text instead of calling a vendor.",
    deployment: ["litellm_params.mock_response"],
    call: { body: ["mock_response"], inFallback: true, flight: "answer" },
  },
  mockFailure: {
    kind: "choice",
    choices: ["general", "context_window", "content_policy", "rate_limit", "timeout"],
    description: "Simulates a failure of the first group, to try out its fallbacks.",
    call: {
      body: [
        "mock_testing_fallbacks",
        "mock_testing_context_fallbacks",
        "mock_testing_content_policy_fallbacks",
        "mock_testing_rate_limit_error",
        "mock_timeout",
      ],
      flight: "answer",
    },
  },
  fromClient: {
    kind: "flag",
    description: "Whether a client chose these options, which are then limited like the fields of a body.",
    call: { flight: "own" },
  },
  signal: { kind: "signal", description: "Stops the call in every phase, within 100 ms.", call: { flight: "own" } },
  cancellation: {
    kind: "cancellation",
    description: "Like `signal`, for servers that make many calls.",
    call: { flight: "own" },
  },
  callId: {
    kind: "text",
    description: "Shown in the trail, headers and events.",
    otherwise: "a new id",
    call: { header: "x-litellm-call-id", flight: "own" },
  },
  requestText: {
    kind: "requestText",
    description: "The JSON text that the request was parsed from, for servers that have it.",
    call: { flight: "own" },
  },
  forwardHeaders: {
    kind: "forwardedHeaders",
    description: "Headers of the caller that are sent to vendors with the caller's wire format.",
    call: { flight: "answer" },
  },
  caller: {
    kind: "text",
    description: "Identifies the caller and partitions the response cache.",
    call: { flight: "answer" },
  },
  losesReasoning: {
    kind: "flag",
    description: "Whether the client has no place for encrypted reasoning, which is then kept for the next turn.",
    call: { flight: "effort" },
  },
} as const satisfies Rows;
