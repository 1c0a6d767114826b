import type { JsonObject, OperationName, ProviderCall } from "@modelyard/core";
import { type AnswerOf, isJsonObject, type MaybePromise, type StreamPart } from "@modelyard/core/kit";
import {
  AddedField,
  bodyOf,
  claudeCachePricing,
  failedChoice,
  type HttpExchange,
  type HttpOperation,
  type HttpVendor,
  openaiPromptCache,
  type PreparedCall,
  ScannedStream,
  type ScannerOptions,
  type SseScanner,
} from "@modelyard/provider-kit";
import { inBase64, wantsBase64 } from "./base64-embeddings.js";
import { ChatScanner } from "./chat-scanner.js";
import { continued } from "./continued-request.js";
import type { Dialect, OpenAIProviderOptions } from "./dialect.js";
import { Endpoints, type HostEndpoint } from "./endpoints.js";
import { fitRequest, refusedFields } from "./fit-request.js";
import { readRateLimit } from "./read-rate-limit.js";
import { ResponsesScanner } from "./responses-scanner.js";
import { requestIdHeaders, toProviderError } from "./to-provider-error.js";
import { unservedByHosts } from "./unserved.js";

/** What must be remembered about a request after it was sent. */
type SentFacts = "nothing" | "hides usage" | "in base64";
type Exchange = HttpExchange<SentFacts>;
type Operation = HttpOperation<SentFacts, HostEndpoint>;

/** A vendor with OpenAI's API: answers and events are passed on as the bytes that came. */
export function openaiVendor(dialect: Dialect, options: OpenAIProviderOptions): HttpVendor<SentFacts, HostEndpoint> {
  const endpoints = new Endpoints(dialect, options);
  const { name, continuation, readModel } = dialect;
  return {
    name,
    claims: dialect.claims,
    environment: dialect.environment,
    baseUrl: dialect.baseUrl,
    catalogId: dialect.catalogId,
    // Hosts of every kind serve Claude too.
    cachePricing: claudeCachePricing,
    promptCache: openaiPromptCache,
    api: dialect.api ?? "openai",
    unserved: (deployment) => dialect.unserved?.(deployment) ?? unservedByHosts(deployment),
    ignoredFields: dialect.ignoredFields,
    finishReasons: dialect.finishReasons,
    continuesFromPrefix: (model, operation) =>
      continuation !== undefined && ofChats.has(operation) && continuation.models?.test(model) !== false,
    ...(readModel === undefined ? {} : { readModel }),
    operations: operationsOf(dialect),
    stores: dialect.responses === true ? stored : undefined,
    wireFor: (operation, { request }, { wires }) =>
      wires.servesPlain && request["tools"] === undefined ? undefined : wires.choose(operation, request),
    lessonFor: (operation, { request }, { wires }, wire) =>
      wires.servesPlain && request["tools"] === undefined ? undefined : wires.lesson(operation, request, wire),
    targets: {
      chat: (_, { wires }) => wires.chatTarget,
      responses: (_, { wires }) => wires.responsesTarget,
    },
    keyOf: (deployment) => endpoints.keyOf(deployment),
    validate: (deployment) => endpoints.problems(deployment),
    endpoint: (operation, deployment, model) => endpoints.compile(operation, deployment, model),
    prepare(call, { rules }, translated) {
      const fitted = rules === undefined ? undefined : fitRequest(rules, call, name, translated);
      if (call.continues !== true) return fitted;
      const proceed = (prepared: PreparedCall): PreparedCall => ({
        ...prepared,
        call: asContinued(prepared.call, dialect, options),
      });
      return fitted instanceof Promise ? fitted.then(proceed) : proceed(fitted ?? { call });
    },
    unsupportedFields: (_, call, { rules }) => (rules === undefined ? none : refusedFields(rules, call)),
    requestIdHeaders,
    toError: toProviderError,
    rateLimit: readRateLimit,
  };
}

/** Operations for which hosts document how to have an answer continued. */
const ofChats: ReadonlySet<OperationName> = new Set(["chat"]);
const none: readonly string[] = Object.freeze([]);
const stored = ["responses"] as const;

/** A call whose last message is the beginning of the answer, in the form that its host expects. */
function asContinued(call: ProviderCall, { continuation = {} }: Dialect, options: OpenAIProviderOptions): ProviderCall {
  const { connection, continuation: own } = call.deployment;
  const moved = own === undefined && connection.baseUrl === undefined && options.baseUrl === undefined;
  return continued(call, own ?? continuation, moved ? continuation.baseUrl : undefined);
}

/** The operations that OpenAI and its hosts serve. Our callers use the same wire, so nothing is translated. */
function operationsOf({ name, compacts = false }: Dialect): Readonly<Partial<Record<OperationName, Operation>>> {
  const streamed: Operation = { write, answer, parts: (exchange) => scanned(exchange, name, chatScanner) };
  const plain: Operation = {
    showsHeaders: true,
    write: (call) => bodyOf(call),
    headers: ({ forwardHeaders }, { headers }) => ({ ...headers, ...forwardHeaders }),
  };
  const responses: Operation = { ...plain, parts: (exchange) => scanned(exchange, name, responsesScanner) };
  const beside = compacts ? { responses_compact: plain, responses_input_tokens: plain } : undefined;
  return { chat: streamed, text_completion: streamed, embeddings, responses, ...beside };
}

const usageWanted = /* @__PURE__ */ new AddedField("stream_options", { include_usage: true });

function write(call: ProviderCall, exchange: Exchange, endpoint: HostEndpoint): MaybePromise<string | Uint8Array> {
  const hidesUsage = call.stream && addsUsage(call, endpoint);
  exchange.facts = hidesUsage ? "hides usage" : "nothing";
  return bodyOf(call, hidesUsage ? usageWanted : undefined);
}

/** Whether to ask a stream for its usage: if the caller did not ask and the vendor reports it on request. */
function addsUsage(call: ProviderCall, { reportsUsage }: HostEndpoint): boolean {
  if (!reportsUsage || call.omittedFields?.includes("stream_options") === true) return false;
  const options = (call.request as unknown as JsonObject)["stream_options"];
  return !isJsonObject(options) || options["include_usage"] !== true;
}

function answer(value: JsonObject, exchange: Exchange): AnswerOf {
  const failed = failedChoice(value["choices"]);
  if (failed !== undefined) throw exchange.failure(JSON.stringify(failed));
  return value as unknown as AnswerOf;
}

function chatScanner(options: ScannerOptions, { facts }: Exchange): SseScanner {
  return new ChatScanner({ ...options, hideUsage: facts === "hides usage" });
}

function responsesScanner(options: ScannerOptions): SseScanner {
  return new ResponsesScanner(options);
}

function scanned(
  exchange: Exchange,
  provider: string,
  scannerOf: (options: ScannerOptions, exchange: Exchange) => SseScanner,
): AsyncIterable<StreamPart> {
  const { response, deployment, bridged: keepsEvents = false } = exchange;
  const toError = (body: string): Error => exchange.failure(body);
  const scanner = scannerOf({ provider, deploymentId: deployment.id, toError, keepsEvents }, exchange);
  const explain = (thrown: unknown): unknown => exchange.explain(thrown);
  const wrong = (text: string): unknown => exchange.notEvents(text);
  return new ScannedStream({ response, scanner, explain, wrong });
}

/** Embeddings. Callers may want base64 although the host sends numbers. */
const embeddings: Operation = {
  write(call, exchange) {
    exchange.facts = wantsBase64(call) ? "in base64" : "nothing";
    return bodyOf(call);
  },
  answer(value, exchange) {
    const plain = answer(value, exchange);
    return exchange.facts === "in base64" ? (inBase64(value) as unknown as AnswerOf) : plain;
  },
};
