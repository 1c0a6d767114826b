import type { FinishReasons } from "../finish-reasons.js";
import type { JsonObject } from "../json.js";
import type { ChatCompletion, ChatCompletionChunk, ChatRequest } from "../wire/chat.js";
import type { EmbeddingRequest, EmbeddingResponse } from "../wire/embedding.js";
import type { MessagesAnswer, MessagesEvent, MessagesRequest } from "../wire/messages.js";
import type { ResponsesAnswer, ResponsesEvent, ResponsesRequest } from "../wire/responses.js";
import type { TextCompletion, TextCompletionRequest } from "../wire/text-completion.js";
import type {
  CompactedResponse,
  CompactRequest,
  MessagesCountRequest,
  ResponsesCountRequest,
  TokenCount,
} from "../wire/token-count.js";
import type { Usage } from "../wire/usage.js";
import type { PromptParts } from "./prompt-parts.js";
import type { StreamContinuation } from "./continuation/stream-continuation.js";

/** The types of the request, the answer and the events of each operation. */
export interface OperationTypes {
  chat: { request: ChatRequest; answer: ChatCompletion; chunk: ChatCompletionChunk };
  text_completion: { request: TextCompletionRequest; answer: TextCompletion; chunk: TextCompletion };
  embeddings: { request: EmbeddingRequest; answer: EmbeddingResponse; chunk: never };
  messages: { request: MessagesRequest; answer: MessagesAnswer; chunk: MessagesEvent };
  responses: { request: ResponsesRequest; answer: ResponsesAnswer; chunk: ResponsesEvent };
  messages_count_tokens: { request: MessagesCountRequest; answer: TokenCount; chunk: never };
  responses_compact: { request: CompactRequest; answer: CompactedResponse; chunk: never };
  responses_input_tokens: { request: ResponsesCountRequest; answer: TokenCount; chunk: never };
}

/** An answer to an operation. */
export type AnswerOf<Operation extends OperationName = OperationName> = OperationTypes[Operation]["answer"];

/** Named as in OpenTelemetry's conventions for generative AI. */
export type OperationName = keyof OperationTypes;

/** The facts in a simulated answer. */
export interface MockFacts {
  readonly id: string;
  /** Seconds since the Unix epoch. */
  readonly created: number;
  readonly model: string;
  readonly text: string;
  readonly usage: Usage;
  /** The request that is answered. */
  readonly request: JsonObject;
  /** The embedding for the item at this index of the request. @defaultValue zeros */
  readonly vector?: (index: number) => readonly number[];
}

/** One step of a simulated stream: a piece of its text, or its end. */
export interface MockEvent extends Pick<MockFacts, "id" | "created" | "model"> {
  /** Not set: the stream ends. */
  readonly text?: string | undefined;
  /** The number of pieces before this step. */
  readonly index: number;
  /** The text of all pieces up to and including this step. */
  readonly textSoFar: string;
  /** Why the stream ends, in the words of a chat or of the operation. @defaultValue the answer is complete */
  readonly finishReason?: string | undefined;
  readonly usage?: Usage | undefined;
}

/** How an operation is simulated, for `mock_response` and for tests. */
export interface OperationMock {
  readonly answer: (facts: MockFacts) => JsonObject;
  /** The events of one step, in the order of a real stream. Not set if the operation does not stream. */
  readonly events?: (event: MockEvent) => readonly JsonObject[];
}

/** How a request for several items is split, so that the response cache can store the answer to each item. */
export interface CacheItems {
  /** The items of a request. `undefined`: the answer is cached as a whole. */
  readonly of: (request: JsonObject) => readonly unknown[] | undefined;
  /** The same request for other items. With `undefined`, the part of the request that all items share. */
  readonly with: (request: JsonObject, items: readonly unknown[] | undefined) => JsonObject;
  /** Splits an answer into those to each of `count` items, as if requested alone. `undefined` where one is missing. */
  readonly split: (answer: JsonObject, count: number) => readonly (JsonObject | undefined)[];
  /** Merges the answers to each item into one. @param model - used if no answer names a model */
  readonly merge: (
    items: readonly unknown[],
    answers: readonly (JsonObject | undefined)[],
    model: string,
  ) => JsonObject;
}

/** What is read from answers and events alike. Asked for every answer, so none of it allocates. */
export interface AnswerReads {
  /** Its choices, or other parts that each have a finish reason. `undefined`: it has no finish reasons. */
  readonly choices: (value: JsonObject) => readonly unknown[] | undefined;
  /** Why a choice ended, as the vendor wrote it; `undefined`: it did not end. */
  readonly finishReason: (choice: unknown) => string | undefined;
  /**
   * What it reports as usage, in the shape of {@link Usage}; it is not checked yet. `undefined`: nothing.
   * @param earlier - the usage in earlier events of the stream, for counts that this event does not repeat
   */
  readonly usage: (value: JsonObject, earlier?: Usage) => unknown;
  /** Characters of content in an event: text, refusals, reasoning and tool calls. 0: it brings none. */
  readonly contentLength: (event: JsonObject) => number;
  /** Whether something that was stored as an event can be one. */
  readonly isEvent: (event: JsonObject) => boolean;
  /** The text that an answer contains or an event adds, without refusals, reasoning and tool calls. May allocate. */
  readonly text: (value: JsonObject) => string;
}

/** What is wrong with a request. */
export interface RequestFault {
  /** The path of the wrong value, e.g. `messages[3]`. */
  readonly path: string;
  readonly message: string;
}

/**
 * What a model must be capable of to serve a request: the path of what needs it, e.g. `tools[0]`. `undefined`: nothing does.
 */
export interface RequestNeeds {
  readonly tools: (request: JsonObject) => string | undefined;
  /** May look at the whole request. */
  readonly vision: (request: JsonObject) => string | undefined;
  readonly jsonSchema: (request: JsonObject) => string | undefined;
}

/** A place in a request that names something that a vendor's account stores. */
export interface StoredId {
  /** For example `previous_response_id`, or `input[2].id`. */
  readonly path: string;
  readonly id: string;
}

/**
 * The ids by which requests refer to what a vendor's account stores. Only that account knows them, so the router sends
 * such a request nowhere else. Where a group has several accounts, callers see ids that name the account.
 */
export interface StoredIds {
  /** Whether the answer to a request can be referred to later. */
  readonly stores: (request: JsonObject) => boolean;
  /** The ids without whose meaning the request is incomplete. */
  readonly of: (request: JsonObject) => readonly StoredId[];
  /** The ids of parts that only their account can read, but without which a request is still complete. */
  readonly optional: (request: JsonObject) => readonly StoredId[];
  /** The same request without the optional parts that have these ids. */
  readonly without: (request: JsonObject, ids: ReadonlySet<string>) => JsonObject;
  /**
   * The same request with other ids, including those that are only informative. It is the same object if nothing
   * changes.
   */
  readonly with: (request: JsonObject, replace: (id: string) => string) => JsonObject;
  /** The same answer or event with other ids of everything in it that is stored. */
  readonly rename: (value: JsonObject, replace: (id: string) => string) => JsonObject;
  /** The id by which a later request may continue an answer, or the answer that an event belongs to. */
  readonly answerId: (value: JsonObject) => string | undefined;
  /** Matches the JSON of events that may contain such ids for the first time. Later events only repeat them. */
  readonly introducing: RegExp;
}

/** A request whose reasoning was removed. */
export interface WithoutReasoning {
  readonly request: JsonObject;
  /** The paths of what is lost, without the indexes of lists. */
  readonly dropped: readonly string[];
}

/** Everything that the router needs to know about an operation. A new operation is a new row, never a new branch. */
export interface OperationRow {
  readonly name: OperationName;
  /** The path below the base URL of the API, e.g. `/chat/completions`. */
  readonly path: string;
  /**
   * The operation that it belongs to, if it is one that hosts which serve that operation may lack. A vendor that does not
   * know its path is not unhealthy. @defaultValue none
   */
  readonly partOf?: OperationName;
  /**
   * Whether vendors limit such requests apart from calls of models, and do not charge for them: they take nothing of the
   * limits of their deployment, and say nothing about its health and speed. @defaultValue false
   */
  readonly apart?: boolean;
  /** The fields that the defaults of a deployment may add to its requests. @defaultValue all of them */
  readonly defaults?: readonly string[];
  /** Its names in LiteLLM's files. Not set: it has none. */
  readonly litellm?: {
    /** In `model_info.mode`. */
    readonly mode?: string;
    /** In lists of call types: the name of LiteLLM's function. That of the asynchronous function begins with an `a`. */
    readonly callType: string;
  };
  readonly streams: boolean;
  /**
   * The field without which there is no request. A list in it has at most `callerBounds.items` entries, unless they are
   * tokens.
   */
  readonly required: string;
  /** Fields that can take the place of `required`, since they refer to something that the vendor stores. */
  readonly insteadOfRequired?: readonly string[];
  /** Checks more than `required`, as far as the router depends on it. Vendors check the rest. */
  readonly check?: (request: JsonObject) => RequestFault | undefined;
  /**
   * The part of a body's `metadata` that is meant for the vendor; the rest is for the router. The body remains as it is if
   * this is the same object.
   */
  readonly vendorMetadata: (body: JsonObject) => JsonObject | undefined;
  /**
   * Whether a field that has the name of an option is meant for the vendor instead. Not set: none is.
   * @param headers - that are sent to a vendor of the same wire, by names in lower case
   */
  readonly isVendors?: (
    field: string,
    value: unknown,
    headers: Readonly<Record<string, string>> | undefined,
  ) => boolean;
  /** Whether fields that are `null` are sent. Otherwise they are removed, since vendors refuse them in some places. */
  readonly sendsNull: boolean;
  /** The estimated tokens of the prompt. Takes at most a millisecond, whatever the size. */
  readonly inputTokens: (request: JsonObject) => number;
  /** The most tokens that the answer may have, as the request says. `undefined`: it does not say. */
  readonly maxOutputTokens: (request: JsonObject) => number | undefined;
  /** The number of choices, or embeddings, that the answer has. Takes the same time for requests of any size. */
  readonly choices: (request: JsonObject) => number;
  /**
   * Why the body of a 200 is not an answer. `undefined` if it is one.
   * @param choices - the number that it must have, if known
   */
  readonly fault: (value: unknown, choices?: number) => string | undefined;
  /** Estimates the tokens of an answer that does not report its usage. */
  readonly outputTokens: (answer: JsonObject) => number;
  /** Whether the caller of a stream waits for usage that arrives after the finish reasons. */
  readonly awaitsUsage: (request: JsonObject) => boolean;
  /** Whether an answer is empty. Empty answers are delivered, but not cached. */
  readonly empty: (value: JsonObject) => boolean;
  /** The meaning of the finish reasons of its choices. */
  readonly finishReasons: FinishReasons;
  readonly reads: AnswerReads;
  readonly needs: RequestNeeds;
  /** Assembles the events of a stream into a whole answer. Not set if the operation does not stream. */
  readonly assemble?: (chunks: readonly JsonObject[]) => JsonObject;
  /** How another deployment can continue a broken stream. Not set: none can. */
  readonly continuation?: StreamContinuation;
  /** Not set: answers are cached as a whole. */
  readonly cacheItems?: CacheItems;
  /** Not set: requests contain everything that they are about. */
  readonly stored?: StoredIds;
  /**
   * How the latencies of plain calls are compared: by the time per token of the answer, or by that of the whole call.
   */
  readonly latencyOf: "token" | "call";
  /** The parts of its prompts, for vendors' prompt caches. Not set: its prompts are not cached. */
  readonly promptParts?: (request: JsonObject) => PromptParts;
  /**
   * The request without the reasoning that only the vendor who made it can read, for one that refused it. `isRemoved` says
   * which items or blocks of reasoning are meant, by default all of them; chats ignore it. Not set: requests have no reasoning.
   */
  readonly withoutReasoning?: (request: JsonObject, isRemoved?: (part: JsonObject) => boolean) => WithoutReasoning;
  /** Its name in observability tools. */
  readonly observation: "generation" | "embedding";
  readonly mock: OperationMock;
}
