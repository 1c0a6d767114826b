/**
 * One class for each kind, with LiteLLM's names, for use with `instanceof`. {@link createError} creates them. With
 * several copies of this package, `instanceof` fails, but `kind` works.
 */
import type { ErrorKind } from "./kinds.js";
import { RouterError, type RouterErrorOptions } from "./router-error.js";

export class BadRequestError extends RouterError {}
/** The request is wrong, whichever deployment serves it. The message names the path and the fix. Nothing was sent. */
export class InvalidRequestError extends BadRequestError {}
export class UnsupportedParamsError extends BadRequestError {}
export class ContextWindowExceededError extends BadRequestError {}
export class ContentPolicyViolationError extends BadRequestError {}
export class PayloadTooLargeError extends BadRequestError {}
export class UnprocessableEntityError extends BadRequestError {}
export class AuthenticationError extends RouterError {}
export class PermissionDeniedError extends AuthenticationError {}
export class NotFoundError extends RouterError {}
export class ModelNotFoundError extends NotFoundError {}
/** Named without `Error`, as in LiteLLM and in retry policies. */
export class Timeout extends RouterError {}
export class ConflictError extends RouterError {}
export class RateLimitError extends RouterError {}
export class QuotaExhaustedError extends RateLimitError {}
export class InternalServerError extends RouterError {}
export class BadGatewayError extends RouterError {}
export class ServiceUnavailableError extends RouterError {}
export class OverloadedError extends ServiceUnavailableError {}
export class APIError extends RouterError {}
export class APIConnectionError extends RouterError {}
export class APIResponseValidationError extends RouterError {}
export class StreamInterruptedError extends RouterError {}
export class AbortedError extends RouterError {}
/**
 * No deployment could serve: all were in cooldown (503) or at their limits (429). `retryAfterMs` is the soonest
 * recovery.
 */
export class NoDeploymentAvailableError extends RouterError {}
/** An invalid setting, found when a router is created. The message names its path and the fix. */
export class InvalidOptionError extends RouterError {}

const classes: Record<ErrorKind, new (options: RouterErrorOptions) => RouterError> = {
  bad_request: BadRequestError,
  invalid_request: InvalidRequestError,
  unsupported_params: UnsupportedParamsError,
  context_window_exceeded: ContextWindowExceededError,
  content_policy_violation: ContentPolicyViolationError,
  payload_too_large: PayloadTooLargeError,
  unprocessable_entity: UnprocessableEntityError,
  authentication: AuthenticationError,
  permission_denied: PermissionDeniedError,
  quota_exhausted: QuotaExhaustedError,
  not_found: NotFoundError,
  timeout: Timeout,
  conflict: ConflictError,
  rate_limit: RateLimitError,
  internal_server: InternalServerError,
  bad_gateway: BadGatewayError,
  service_unavailable: ServiceUnavailableError,
  overloaded: OverloadedError,
  api_error: APIError,
  api_connection: APIConnectionError,
  invalid_response: APIResponseValidationError,
  stream_interrupted: StreamInterruptedError,
  aborted: AbortedError,
  model_not_found: ModelNotFoundError,
  no_deployment_available: NoDeploymentAvailableError,
  invalid_option: InvalidOptionError,
};

/** Creates an error of the class for `options.kind`. */
export function createError(options: RouterErrorOptions): RouterError {
  return new classes[options.kind](options);
}

/** A failure that a provider reports: a {@link RouterError} with the `source` `provider`. */
export type ProviderError = RouterError & { readonly source: "provider"; readonly provider: string };

/** @param options - as for {@link createError}; `provider` is the provider's name */
export function createProviderError(options: RouterErrorOptions & { readonly provider: string }): ProviderError {
  return createError({ ...options, source: "provider" }) as ProviderError;
}

/** The error for an invalid setting. @param path - its place, e.g. `modelList[2].weight` */
export function invalidOption(path: string, problem: string, fix: string): RouterError {
  return createError({ kind: "invalid_option", message: `${path}: ${problem} ${fix}`.trimEnd(), param: path });
}

/** The message of such an error without the path at its beginning, for code that shows the path itself. */
export function problemOf({ message, param = "" }: Pick<RouterError, "message" | "param">): string {
  const beginning = `${param}: `;
  return param !== "" && message.startsWith(beginning) ? message.slice(beginning.length) : message;
}
