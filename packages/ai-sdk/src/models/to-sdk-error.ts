import { APICallError, NoSuchModelError } from "@ai-sdk/provider";
import { RouterError } from "@modelyard/core";
import { given } from "../given.js";
import { summaryOf } from "./call-facts.js";

export interface FailedModel {
  readonly modelId: string;
  readonly modelType: "embeddingModel" | "languageModel";
  readonly requestBody: unknown;
  readonly abortSignal: AbortSignal | undefined;
}

/**
 * A router's error as an error of the AI SDK. It is never retryable: the router has made all attempts that its options allow,
 * and the SDK's `maxRetries` would multiply them.
 */
export function toSdkError(thrown: unknown, model: FailedModel): unknown {
  const { modelId, modelType, requestBody, abortSignal } = model;
  // The SDK knows aborted calls by the reason of its signal.
  if (abortSignal?.aborted === true) return abortSignal.reason as unknown;
  if (!RouterError.isInstance(thrown)) return thrown;
  const { kind, message, trail } = thrown;
  if (kind === "model_not_found") return new NoSuchModelError({ modelId, modelType, message });
  if (kind === "aborted") return thrown.cause instanceof Error ? thrown.cause : thrown;
  const vendors = vendorsError(thrown);
  return new APICallError({
    message,
    cause: thrown,
    url: vendors?.url ?? `modelyard:${modelId}`,
    requestBodyValues: requestBody,
    statusCode: thrown.status,
    responseHeaders: headersOf(thrown, vendors),
    responseBody: vendors?.responseBody ?? thrown.vendorAnswer?.body ?? JSON.stringify(thrown.toBody()),
    isRetryable: false,
    data: { ...thrown.toBody(), ...given({ modelyard: trail === undefined ? undefined : summaryOf(trail) }) },
  });
}

/** The error of a model of the AI SDK that caused the failure. */
function vendorsError({ cause }: RouterError): APICallError | undefined {
  return APICallError.isInstance(cause) ? cause : undefined;
}

function headersOf(error: RouterError, vendors: APICallError | undefined): Record<string, string> {
  const { retryAfterMs, vendorAnswer } = error;
  return {
    ...vendorAnswer?.headers,
    ...vendors?.responseHeaders,
    ...(retryAfterMs === undefined
      ? {}
      : { "retry-after": String(Math.ceil(retryAfterMs / 1_000)), "retry-after-ms": String(Math.ceil(retryAfterMs)) }),
  };
}
