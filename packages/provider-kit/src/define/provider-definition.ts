import { type ErrorKind, errorKinds, type JsonObject, type ProviderCall } from "@modelyard/core";
import type { HeaderReader, ProviderIdentity, RateLimitReport } from "@modelyard/core/kit";
import {
  anything,
  apiKey,
  callable,
  checkOptions,
  choice,
  fault,
  flag,
  identity,
  list,
  map,
  name,
  object,
  type Rule,
  type RulesOf,
  shape,
  text,
  transport,
} from "@modelyard/core/options";
import type { HttpProviderOptions, HttpVendor } from "../http-vendor.js";
import type { AnswerPiece } from "./answer-piece.js";

/** The reason of a failure. */
export interface FailureReason {
  /** For a person to read. Keys in it are removed. */
  readonly message?: string | undefined;
  /** The vendor's code or type of the failure: see {@link ProviderDefinition.errorKinds}. */
  readonly code?: string | undefined;
  /** The field of the request at fault. */
  readonly param?: string | undefined;
  /** How long to wait, in milliseconds. Not needed for what a `Retry-After` header or the message says. */
  readonly retryAfterMs?: number | undefined;
}

type VendorParts = Pick<
  HttpVendor,
  "auth" | "baseUrl" | "continuesFromPrefix" | "finishReasons" | "readModel" | "requestIdHeaders"
>;

/**
 * A vendor with its own format of chats. The kit does the rest: it sends, limits, cancels, checks and explains, and also
 * serves Messages and Responses with it.
 * @typeParam Body - what the vendor sends: a whole answer, an event of a stream, or a failure
 */
export interface ProviderDefinition<Body extends object = JsonObject> extends ProviderIdentity, VendorParts {
  /** Follows the base URL, and begins with a `/`. */
  readonly path: string | ((call: Pick<ProviderCall, "model" | "stream">) => string);
  /**
   * Request fields that `body` can express, besides `model`, `messages`, `stream` and `stream_options`. Others are dropped
   * if the user allows it, and otherwise refused before anything is sent. @defaultValue all fields
   */
  readonly accepts?: readonly string[] | undefined;
  /** The body to send, as JSON. @throws a provider error for what the vendor cannot do */
  readonly body: (call: ProviderCall<"chat">) => object;
  /** What a whole answer contains. Anything it throws means that the answer has an unexpected shape. */
  readonly answer: (body: Body) => AnswerPiece;
  /**
   * What an event of a stream contains; `undefined` for events that do not matter. Anything it throws means that the event
   * has an unexpected shape. @defaultValue the vendor does not stream
   */
  readonly event?: ((event: Body) => AnswerPiece | undefined) | undefined;
  /** How events are separated: as server-sent events, or as lines of JSON. @defaultValue `events` */
  readonly format?: "events" | "lines" | undefined;
  /**
   * The reason of a failure, or `undefined` if the body is not one. It gets the JSON of answers with a bad status, and of all
   * others before they are read. @defaultValue reads the formats that vendors use
   */
  readonly failure?: ((body: Body) => FailureReason | string | undefined) | undefined;
  /** What the vendor's codes mean, e.g. `{ too_long: "context_window_exceeded" }`. @defaultValue read from status and reason */
  readonly errorKinds?: Readonly<Record<string, ErrorKind>> | undefined;
  /** Reads the vendor's limits from the headers of an answer: see `readQuota`. @defaultValue not read */
  readonly rateLimit?: ((header: HeaderReader, now: number) => RateLimitReport | undefined) | undefined;
}

const path: Rule = (value, at) => {
  if (typeof value === "function") return undefined;
  const found = name('Write e.g. path: "/chat".')(value, at);
  if (found !== undefined || (value as string).startsWith("/")) return found;
  return fault(at, "it must begin with a /.", 'Write e.g. path: "/chat".');
};

const required = (what: string): Rule => {
  const rule: Rule = (value, at) =>
    value === undefined ? fault(at, "a function is required.", what) : callable(value, at);
  return rule;
};

const rules: RulesOf<ProviderDefinition> = {
  // Checked together, by `identity`.
  name: anything,
  claims: anything,
  cachePricing: anything,
  promptCache: anything,
  api: anything,
  unserved: anything,
  ignoredFields: anything,
  environment: anything,
  settings: list(text),
  catalogId: text,
  path,
  accepts: list(text),
  body: required("It gets a call and returns what to send."),
  answer: required("It gets the vendor's answer and returns e.g. { text, finishReason, usage }."),
  event: callable,
  format: choice(["events", "lines"]),
  failure: callable,
  errorKinds: map(choice(Object.keys(errorKinds))),
  auth: callable,
  baseUrl: text,
  continuesFromPrefix: (value, at) => (typeof value === "function" ? undefined : flag(value, at)),
  finishReasons: anything,
  rateLimit: callable,
  readModel: callable,
  requestIdHeaders: list(text),
};

const definition = shape<ProviderDefinition>(rules, { required: ["path", "body", "answer"] });

/** @throws `invalid_option` */
export function checkDefinition(value: ProviderDefinition<never>): void {
  checkOptions(value, (given, at) => definition(given, at) ?? identity(given, at), "defineProvider");
}

const providerOptions = shape<HttpProviderOptions>({ apiKey, env: object, baseUrl: text, transport });

/** @param provider - the name of the provider that these options are for. @throws `invalid_option` */
export function checkProviderOptions(options: HttpProviderOptions, provider: string): void {
  checkOptions(options, providerOptions, provider);
}
