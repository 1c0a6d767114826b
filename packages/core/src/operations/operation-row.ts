import type { FinishReasons } from "../finish-reasons.js";
import type { JsonObject } from "../json.js";
import type { ChatCompletion, ChatCompletionChunk, ChatRequest } from "../wire/chat.js";
import type { EmbeddingRequest, EmbeddingResponse } from "../wire/embedding.js";
import type { TextCompletion, TextCompletionRequest } from "../wire/text-completion.js";
import type { Usage } from "../wire/usage.js";

/** Request, answer and event of each operation. */
export interface OperationTypes {
  chat: { request: ChatRequest; answer: ChatCompletion; chunk: ChatCompletionChunk };
  text_completion: { request: TextCompletionRequest; answer: TextCompletion; chunk: TextCompletion };
  embeddings: { request: EmbeddingRequest; answer: EmbeddingResponse; chunk: never };
}

/** An answer to any of them. */
export type AnswerOf<Operation extends OperationName = OperationName> = OperationTypes[Operation]["answer"];

/** Named as OpenTelemetry's GenAI conventions name them. */
export type OperationName = keyof OperationTypes;

/** What a simulated answer says. */
export interface MockFacts {
  readonly id: string;
  /** Seconds since the Unix epoch. */
  readonly created: number;
  readonly model: string;
  readonly text: string;
  readonly usage: Usage;
  /** The request that is answered. */
  readonly request: JsonObject;
  /** The embedding of the item at an index of the request. @defaultValue zeros */
  readonly vector?: (index: number) => readonly number[];
}

/** One event of a simulated stream. */
export interface MockEvent extends Pick<MockFacts, "id" | "created" | "model"> {
  /** Not set: the event that ends the choice. */
  readonly text?: string | undefined;
  /** What a chat's event says in place of `text`. */
  readonly delta?: JsonObject | undefined;
  readonly finishReason?: string | undefined;
  readonly usage?: Usage | undefined;
}

/** How an operation is simulated, for `mock_response` and for tests. */
export interface OperationMock {
  readonly answer: (facts: MockFacts) => JsonObject;
  /** Not set for an operation that does not stream. */
  readonly event?: (event: MockEvent) => JsonObject;
}

/** How a request for several items is taken apart, so that the response cache can keep the answer to each. */
export interface CacheItems {
  /** The items of a request; `undefined`: it is kept as a whole. */
  readonly of: (request: JsonObject) => readonly unknown[] | undefined;
  /** The same request for other items; `undefined`: what is the same for all of them. */
  readonly with: (request: JsonObject, items: readonly unknown[] | undefined) => JsonObject;
  /** The answers to each of `count` items, as if each had been asked for alone; `undefined` where one is missing. */
  readonly split: (answer: JsonObject, count: number) => readonly (JsonObject | undefined)[];
  /** One answer from those to each item. @param model - named where no answer names one */
  readonly merge: (
    items: readonly unknown[],
    answers: readonly (JsonObject | undefined)[],
    model: string,
  ) => JsonObject;
}

/** What the pipeline needs to know of an operation. A new operation is a new row, never a new branch. */
export interface OperationRow {
  readonly name: OperationName;
  /** Under the API's base, e.g. `/chat/completions`. */
  readonly path: string;
  /** What LiteLLM's files call it. */
  readonly litellm: {
    /** In `model_info.mode`. */
    readonly mode: string;
    /** In lists of call types: LiteLLM's function for it. The asynchronous one has an `a` before its name. */
    readonly callType: string;
  };
  readonly streams: boolean;
  /**
   * The field without which there is no request. A list in it has at most `callerBounds.items` entries, unless they are
   * tokens.
   */
  readonly required: string;
  /** Estimated tokens of the prompt; at most a millisecond of work whatever the size. */
  readonly inputTokens: (request: JsonObject) => number;
  /** Most tokens that the answer may have, as the request says; `undefined`: it does not say. */
  readonly maxOutputTokens: (request: JsonObject) => number | undefined;
  /** How many choices, or embeddings, the answer has. Takes no time, whatever the size of the request. */
  readonly choices: (request: JsonObject) => number;
  /**
   * Why a body that came with a 200 is not an answer; `undefined` when it is one.
   * @param choices - how many it must have, where that is known
   */
  readonly fault: (value: unknown, choices?: number) => string | undefined;
  /** Whether an answer holds nothing: such are delivered but never cached. */
  readonly empty: (value: JsonObject) => boolean;
  /** What the words mean that end its choices. */
  readonly finishReasons: FinishReasons;
  /** The whole answer that a stream's events amount to. Not set for an operation that does not stream. */
  readonly assemble?: (chunks: readonly JsonObject[]) => JsonObject;
  /** Whether another deployment can continue a stream that broke. */
  readonly continues: boolean;
  /** Not set: answers are cached as a whole. */
  readonly cacheItems?: CacheItems;
  /**
   * What the latency of a plain call is compared by: the time for each token of the answer, or that of the whole call.
   */
  readonly latencyOf: "token" | "call";
  /** What observability tools call it. */
  readonly observation: "generation" | "embedding";
  readonly mock: OperationMock;
}
