import type { Provider, ProviderCall, ProviderResult, Usage } from "@modelyard/core";
import {
  type Cancellation,
  createProviderError,
  kindOfStatus,
  operations,
  type RateLimitReport,
  type StreamPart,
} from "@modelyard/core/kit";
import type { EventLoop, Happening } from "../loop/event-loop.js";
import type { ModeledDeployment, VendorExchange, VendorListener } from "./modeled-deployment.js";
import type { VendorCall } from "./mishaps.js";
import type { VendorUsage } from "./vendor-account.js";

/** What a provider of a simulation needs. */
export interface ModeledProviderOptions {
  readonly name: string;
  /** The provider in whose place it answers, which knows the names of models. `undefined`: there is none. */
  readonly identity?: Provider | undefined;
  readonly loop: EventLoop;
  /** The deployment with this id. */
  deployment(id: string): ModeledDeployment;
  /** The request that these messages belong to. Counts the call. */
  callOf(messages: unknown, deploymentId: string): VendorCall;
  /** Streams have an event with content at least this often, in milliseconds. `Infinity`: only the first one. */
  readonly longestGapMs: number;
}

const text = "Hello";
const charactersPerToken = 4;
const head = { id: "simulated", created: 0, model: "simulated" };
const facts = { bytes: undefined, done: false, usage: undefined };

function eventsOf(given: string | undefined, usage: Usage | undefined): StreamPart["chunks"] {
  const event = { ...head, text: given, index: 0, textSoFar: text, usage };
  return (operations.chat.mock.events?.(event) ?? []) as unknown as StreamPart["chunks"];
}

/** The same for all streams, since nobody reads more of an event than the other fields say. */
const contentChunks = eventsOf(text, undefined);
const endChunks = eventsOf(undefined, undefined);

function contentPart(tokens: number): StreamPart {
  return { ...facts, chunks: contentChunks, content: true, contentLength: tokens * charactersPerToken, finished: 0 };
}

function endPart(usage: Usage): StreamPart {
  return {
    chunks: endChunks,
    bytes: undefined,
    content: false,
    finished: 1,
    finishReasons: ["stop"],
    done: true,
    usage,
  };
}

function usageOf({ inputTokens, cachedTokens, outputTokens }: VendorUsage): Usage {
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    prompt_tokens_details: { cached_tokens: cachedTokens },
  };
}

/** A provider whose vendor is a model on the virtual clock. It serves chats, plain and streamed. */
export function modeledProvider(options: ModeledProviderOptions): Provider {
  const { name, identity } = options;
  const { claims, cachePricing, catalogId, promptCache } = identity ?? {};
  return {
    ...(claims === undefined ? {} : { claims }),
    ...(cachePricing === undefined ? {} : { cachePricing }),
    ...(promptCache === undefined ? {} : { promptCache }),
    ...(catalogId === undefined ? {} : { catalogId }),
    ...(identity?.readModel === undefined
      ? {}
      : { readModel: (written) => identity.readModel?.(written) ?? { model: written } }),
    name,
    specVersion: 1,
    operations: ["chat"],
    call: (_operation, call) =>
      new Promise((resolve, reject) => {
        const answer = new Answer(options, call, resolve, reject);
        answer.send();
      }),
  };
}

type Read = IteratorResult<StreamPart>;
const end: Read = { done: true, value: undefined };

/** One call of the router: its promise, and its stream if it is one. */
class Answer implements VendorListener, AsyncIterable<StreamPart>, AsyncIterator<StreamPart> {
  readonly #options: ModeledProviderOptions;
  readonly #stream: boolean;
  readonly #cancellation: Cancellation;
  readonly #model: string;
  readonly #resolve: (result: ProviderResult) => void;
  readonly #reject: (reason: unknown) => void;
  readonly #vendorCall: VendorCall;
  readonly #deployment: ModeledDeployment;
  #exchange: VendorExchange | undefined;
  /** The tokens whose arrival was reported. */
  #reported = 1;
  /** Parts that were not read yet. */
  readonly #parts: StreamPart[] = [];
  /** The reader that waits for a part. */
  #reader: ((read: Read) => void) | undefined;
  #over = false;
  #beat: Happening | undefined;
  readonly #onCancel = (reason: unknown): void => {
    this.#leave();
    this.#reject(reason);
  };

  constructor(
    options: ModeledProviderOptions,
    call: ProviderCall,
    resolve: (result: ProviderResult) => void,
    reject: (reason: unknown) => void,
  ) {
    this.#options = options;
    this.#stream = call.stream;
    this.#cancellation = call.cancellation;
    this.#model = call.model;
    this.#resolve = resolve;
    this.#reject = reject;
    const { id } = call.deployment;
    this.#deployment = options.deployment(id);
    this.#vendorCall = options.callOf((call.request as { readonly messages?: unknown }).messages, id);
  }

  send(): void {
    this.#cancellation.add(this.#onCancel);
    if (!this.#cancellation.cancelled) this.#exchange = this.#deployment.take(this.#vendorCall, this);
  }

  first(rateLimit: RateLimitReport | undefined): void {
    if (!this.#stream) return;
    this.#parts.push(contentPart(1));
    this.#resolve({ kind: "stream", parts: this, rateLimit });
    this.#planBeat();
  }

  ended(usage: VendorUsage): void {
    this.#finish();
    const reported = usageOf(usage);
    if (this.#stream) {
      this.#give(endPart(reported));
      return;
    }
    const value = operations.chat.mock.answer({
      ...head,
      model: this.#model,
      text,
      usage: reported,
      request: {},
      vector: () => [],
    });
    this.#resolve({ kind: "answer", value: value as never, rateLimit: this.#deployment.report() });
  }

  failed(status: number, retryAfterMs: number | undefined): void {
    this.#finish();
    const { name: provider } = this.#options;
    const message = `A simulated ${String(status)}.`;
    const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
    this.#reject(
      createProviderError({ kind: kindOfStatus(status), status, provider, message, upstream: { status }, ...wait }),
    );
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Read> {
    const part = this.#parts.shift();
    if (part !== undefined) return Promise.resolve({ done: false, value: part });
    if (this.#over) return Promise.resolve(end);
    return new Promise((resolve) => {
      this.#reader = resolve;
    });
  }

  return(): Promise<Read> {
    this.#leave();
    this.#reader?.(end);
    return Promise.resolve(end);
  }

  #give(part: StreamPart): void {
    const reader = this.#reader;
    this.#reader = undefined;
    if (reader === undefined) this.#parts.push(part);
    else reader({ done: false, value: part });
  }

  /** Sends content from time to time, so that a slow answer does not look like a silent one. */
  #planBeat(): void {
    const { loop, longestGapMs } = this.#options;
    if (longestGapMs === Number.POSITIVE_INFINITY) return;
    this.#beat = loop.planSettling(longestGapMs * 1_000, () => {
      const written = Math.floor(this.#exchange?.written ?? 0);
      if (written > this.#reported) {
        this.#give(contentPart(written - this.#reported));
        this.#reported = written;
      }
      this.#planBeat();
    });
  }

  #finish(): void {
    this.#over = true;
    this.#exchange = undefined;
    this.#options.loop.cancel(this.#beat);
    this.#cancellation.remove(this.#onCancel);
  }

  #leave(): void {
    const exchange = this.#exchange;
    this.#finish();
    exchange?.leave();
  }
}
