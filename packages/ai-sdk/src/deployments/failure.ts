import {
  APICallError,
  EmptyResponseBodyError,
  InvalidArgumentError,
  InvalidPromptError,
  InvalidResponseDataError,
  JSONParseError,
  LoadAPIKeyError,
  NoContentGeneratedError,
  NoSuchModelError,
  TypeValidationError,
  UnsupportedFunctionalityError,
} from "@ai-sdk/provider";
import { type ErrorKind, type ProviderCall, RouterError } from "@modelyard/core";
import { createProviderError, isJsonObject } from "@modelyard/core/kit";
import { failureKind, readFailure, toVendorError } from "@modelyard/provider-kit";
import { numberOf, textOf } from "../given.js";

type Call = Pick<ProviderCall, "cancellation" | "deployment" | "now">;

/** Errors of the SDK that no vendor's answer caused. */
const kinds: readonly (readonly [error: { isInstance(error: unknown): boolean }, kind: ErrorKind])[] = [
  [LoadAPIKeyError, "authentication"],
  [NoSuchModelError, "not_found"],
  [UnsupportedFunctionalityError, "unsupported_params"],
  [InvalidPromptError, "bad_request"],
  [InvalidArgumentError, "bad_request"],
  [JSONParseError, "invalid_response"],
  [TypeValidationError, "invalid_response"],
  [InvalidResponseDataError, "invalid_response"],
  [EmptyResponseBodyError, "invalid_response"],
  [NoContentGeneratedError, "invalid_response"],
];

/** Headers in which vendors send their id for a call. */
const requestIdHeaders = ["x-request-id", "request-id", "x-amzn-requestid", "apim-request-id"];

/** What the call of a model threw, as the router understands it: like the answer of the vendor that caused it. */
export function failureOf(thrown: unknown, call: Call): unknown {
  const { cancellation, deployment } = call;
  if (cancellation.cancelled) return cancellation.reason;
  if (RouterError.isInstance(thrown)) return thrown;
  const answer = answerIn(thrown);
  if (answer !== undefined) return refusal(answer, thrown, call);
  const known = kinds.find(([error]) => error.isInstance(thrown));
  const { provider, id: deploymentId } = deployment;
  const message = textOf((thrown as Partial<Error> | undefined)?.message) ?? "";
  const options = { provider, deploymentId, cause: thrown };
  if (known !== undefined) return createProviderError({ ...options, kind: known[1], message });
  // Without a status there was no answer: the connection failed.
  if (APICallError.isInstance(thrown) || isNetworkError(thrown))
    return createProviderError({
      ...options,
      kind: "api_connection",
      message: `${provider} could not be reached: ${message}`,
    });
  return thrown;
}

/** A failure that a vendor reports in a stream: an error of the SDK, or the vendor's own object or text. */
export function streamFailure(error: unknown, call: Call): unknown {
  if (error instanceof Error) return failureOf(error, call);
  const body = typeof error === "string" ? error : JSON.stringify(error);
  return refusal({ status: undefined, headers: {}, body }, error, call);
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The vendor's answer in an error. Errors of gateways have its status, too. */
function answerIn(thrown: unknown): Answer | undefined {
  if (typeof thrown !== "object" || thrown === null) return undefined;
  const { statusCode, responseHeaders, responseBody, message } = thrown as Readonly<Record<string, unknown>>;
  const status = numberOf(statusCode);
  if (status === undefined) return undefined;
  return {
    status: status >= 400 ? status : undefined,
    headers: isJsonObject(responseHeaders) ? (responseHeaders as Readonly<Record<string, string>>) : {},
    body: textOf(responseBody) ?? textOf(message) ?? "",
  };
}

function refusal({ status, headers, body }: Answer, cause: unknown, { deployment, now }: Call): RouterError {
  const { provider, id: deploymentId } = deployment;
  const at = now();
  const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const words = readFailure(body, at);
  const made = toVendorError(
    { status, header: (name) => lower[name], body, provider, deploymentId, secrets: [], now: at },
    { kind: failureKind(status, words), words, requestIdHeaders },
  );
  Object.defineProperty(made, "cause", { value: cause, enumerable: false, configurable: true });
  return made;
}

/** `fetch` throws a `TypeError` if no server answers, with the reason as its cause. */
function isNetworkError(thrown: unknown): boolean {
  return thrown instanceof TypeError && thrown.cause !== undefined;
}
