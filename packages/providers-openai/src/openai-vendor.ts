import {
  type AnswerOf,
  type JsonObject,
  type OperationName,
  operationNames,
  operations,
  type ProviderCall,
  type StreamPart,
} from "@modelyard/core";
import type { HttpExchange, HttpOperation, HttpVendor, PreparedCall } from "@modelyard/provider-kit";
import { inBase64, wantsBase64 } from "./base64-embeddings.js";
import { continued } from "./continued-request.js";
import type { Dialect, OpenAIProviderOptions } from "./dialect.js";
import { Endpoints } from "./endpoints.js";
import { failedChoice } from "./failed-choice.js";
import { HostFit } from "./host-fit.js";
import { readRateLimit } from "./read-rate-limit.js";
import { bodyOf, streamOptionsOf } from "./request-text.js";
import { ScannedStream } from "./scanned-stream.js";
import { SseScanner } from "./sse-scanner.js";
import { requestIdHeaders, toProviderError } from "./to-provider-error.js";

/** What is needed of a request once it is on its way. */
type SentFacts = "nothing" | "hides usage" | "in base64";
type Exchange = HttpExchange<SentFacts>;

/** A vendor that speaks OpenAI's API: answers and events go through as the bytes they came in. */
export function openaiVendor(dialect: Dialect, options: OpenAIProviderOptions): HttpVendor<SentFacts> {
  const endpoints = new Endpoints(dialect, options);
  const fit = new HostFit(dialect, options, endpoints);
  const { name, continuation, readModel } = dialect;
  const wire = wireOf(name, fit);
  return {
    name,
    claims: dialect.claims,
    environment: dialect.environment,
    catalogId: dialect.catalogId,
    finishReasons: dialect.finishReasons,
    continuesFromPrefix: (model) => continuation !== undefined && continuation.models?.test(model) !== false,
    ...(readModel === undefined ? {} : { readModel }),
    operations: Object.fromEntries(
      operationNames.map((operation) => [
        operation,
        operations[operation].streams ? wire : { ...wire, parts: undefined },
      ]),
    ) as Record<OperationName, HttpOperation<SentFacts>>,
    keyOf: (deployment) => endpoints.keyOf(deployment),
    validate: (deployment) => endpoints.problems(deployment),
    endpoint: (operation, { deployment, model }) => endpoints.find(operation, deployment, model),
    prepare(operation, call) {
      const fitted = fit.prepare(operation, call);
      if (call.continues !== true) return fitted;
      const proceed = (prepared: PreparedCall): PreparedCall => ({
        ...prepared,
        call: asContinued(prepared.call, dialect, options),
      });
      return fitted instanceof Promise ? fitted.then(proceed) : proceed(fitted ?? { call });
    },
    unsupportedFields: (operation, call) => fit.unsupportedFields(operation, call),
    requestIdHeaders,
    toError: toProviderError,
    rateLimit: readRateLimit,
  };
}

/** The call as its host wants to read it where the last message is the beginning of the answer. */
function asContinued(call: ProviderCall, { continuation = {} }: Dialect, options: OpenAIProviderOptions): ProviderCall {
  const { connection, continuation: own } = call.deployment;
  const moved = own === undefined && connection.baseUrl === undefined && options.baseUrl === undefined;
  return continued(call, own ?? continuation, moved ? continuation.baseUrl : undefined);
}

/** OpenAI's wire: what our callers write and read too. */
function wireOf(provider: string, fit: HostFit): HttpOperation<SentFacts> {
  return {
    write(call: ProviderCall, exchange: Exchange) {
      const hidesUsage = call.stream && addsUsage(call, fit);
      exchange.facts = hidesUsage ? "hides usage" : wantsBase64(call) ? "in base64" : "nothing";
      return bodyOf(call, hidesUsage);
    },
    answer(value: JsonObject, exchange: Exchange): AnswerOf {
      const failed = failedChoice(value["choices"]);
      if (failed !== undefined) throw exchange.failure(JSON.stringify(failed));
      return (exchange.facts === "in base64" ? inBase64(value) : value) as unknown as AnswerOf;
    },
    parts(exchange: Exchange): AsyncIterable<StreamPart> {
      const { response, deployment, facts } = exchange;
      const scanner = new SseScanner({
        provider,
        deploymentId: deployment.id,
        hideUsage: facts === "hides usage",
        toError: (body) => exchange.failure(body),
      });
      const explain = (thrown: unknown): unknown => exchange.explain(thrown);
      const wrong = (text: string): unknown => exchange.notEvents(text);
      return new ScannedStream({ response, scanner, explain, wrong });
    },
  };
}

/** Whether a stream must be asked for its usage: its caller did not, and the vendor would tell. */
function addsUsage(call: ProviderCall, fit: HostFit): boolean {
  if (streamOptionsOf(call)?.["include_usage"] === true) return false;
  return call.omittedFields?.includes("stream_options") !== true && fit.reportsUsage(call.deployment);
}
