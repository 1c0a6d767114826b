import type {
  CallOptions,
  ConfigWarning,
  ChatRequest,
  DeploymentInfo,
  EmbeddingRequest,
  EmbeddingResponse,
  Engine,
  JsonObject,
  MessagesRequest,
  OperationName,
  Provider,
  ResponsesRequest,
  RouterState,
  TextCompletion,
  TextCompletionRequest,
  Trail,
} from "@modelyard/core";
import {
  createError,
  formatWarning,
  type MessagesEvent,
  type ModelListing,
  type OperationTypes,
  type Outcome,
  rejected,
  type ResourceOutcome,
  type ResourceRequest,
  type ResponsesEvent,
  type SdkChatCompletion,
  type SdkChatCompletionChunk,
  type SdkEmbeddingResponse,
  type SdkMessagesAnswer,
  type SdkResponsesAnswer,
  type SdkTextCompletion,
  withOutputText,
} from "@modelyard/core/kit";
import { type Change, checkChange } from "./check-options.js";
import {
  AnswerCache,
  cacheLayer,
  checkFallbackEntries,
  type ChunkStream,
  chunkStream,
  compileLists,
  compileSnapshot,
  continuation,
  difference,
  type ExplainSample,
  handOver,
  type Layer,
  Lifecycle,
  type Next,
  openCall,
  runGroups,
  type Services,
  SharedView,
  SingleFlight,
  type Snapshot,
  type SnapshotInput,
  storedResource,
} from "@modelyard/engine";
import { explain, type Explanation } from "./explain.js";
import { deploymentInfo, stateView } from "./state-view.js";

/** An answer with its trail. `routing` is not enumerable, so it does not appear in JSON. */
export type Routed<Answer> = Answer & { readonly routing: Trail };

/** A request that names one of the router's models. */
type NamedCall<Operation extends OperationName, Names> = OperationTypes[Operation]["request"] & {
  readonly model: Names;
};
type StreamedCall<Operation extends OperationName, Names> = NamedCall<Operation, Names> & { readonly stream: true };
type PlainCall<Operation extends OperationName, Names> = NamedCall<Operation, Names> & {
  readonly stream?: false | null;
};
/** Answers for which callers may expect more than providers promise. */
interface SdkTypes {
  readonly chat: { readonly answer: SdkChatCompletion; readonly chunk: SdkChatCompletionChunk };
  readonly text_completion: { readonly answer: SdkTextCompletion; readonly chunk: TextCompletion };
  readonly messages: { readonly answer: SdkMessagesAnswer; readonly chunk: MessagesEvent };
  readonly responses: { readonly answer: SdkResponsesAnswer; readonly chunk: ResponsesEvent };
}
type AnswerTypes<Operation extends OperationName> = Operation extends keyof SdkTypes
  ? SdkTypes[Operation]
  : OperationTypes[Operation];
type Result<Operation extends OperationName> =
  | Routed<AnswerTypes<Operation>["answer"]>
  | ChunkStream<AnswerTypes<Operation>["chunk"]>;

/** The parts of a router, checked and completed by `createRouter`. */
export interface RouterParts extends Omit<SnapshotInput, "previous" | "providers"> {
  readonly providers: readonly Provider[];
  readonly services: Services;
}

/**
 * Routes calls for a model name to one of many deployments. It is created by `createRouter`.
 * @typeParam Names - the names that callers may use, if the compiler knows them
 */
export class Router<Names extends string = string> implements Engine {
  readonly #services: Services;
  #providers: ReadonlyMap<string, Provider>;
  readonly #parts: RouterParts;
  readonly #shared: SharedView | undefined;
  readonly #lifecycle = new Lifecycle();
  readonly #outer: readonly Layer[];
  readonly #flights = new SingleFlight();
  /** The composed layers for plain calls. */
  #plain: Next;
  /** The composed layers for streams. */
  readonly #streamed: Next;
  #snapshot: Snapshot;
  #closing: Promise<void> | undefined;

  constructor(parts: RouterParts) {
    this.#parts = parts;
    this.#services = parts.services;
    this.#providers = byName(parts.providers);
    checkFallbackEntries(compileLists(parts.config));
    this.#snapshot = compileSnapshot({ ...parts, providers: this.#providers, previous: undefined });
    const { responseCache } = parts.services;
    const cache = responseCache === undefined ? [] : [cacheLayer(new AnswerCache(responseCache))];
    this.#outer = [this.#lifecycle.layer, ...cache];
    this.#plain = this.#composePlain();
    this.#streamed = compose([...this.#outer, continuation], runGroups);
    this.#shared =
      parts.services.sharedState === undefined
        ? undefined
        : new SharedView(parts.services.sharedState, parts.services, () => this.#snapshot);
    for (const warning of this.#snapshot.warnings) parts.services.logger.warn({}, formatWarning(warning));
  }

  /** Warnings about the configuration. `formatWarning` formats one as a line. */
  get warnings(): readonly ConfigWarning[] {
    return this.#snapshot.warnings;
  }

  /** The number of running calls, including streams. */
  get inFlight(): number {
    return this.#lifecycle.inFlight;
  }

  /**
   * Makes a chat completion. Request and answer have OpenAI's shape.
   * @throws (rejects with) a `RouterError`. A stream that breaks after its first content throws while it is read
   * instead.
   */
  completion(request: StreamedCall<"chat", Names>, options?: CallOptions): Promise<ChunkStream<SdkChatCompletionChunk>>;
  completion(request: PlainCall<"chat", Names>, options?: CallOptions): Promise<Routed<SdkChatCompletion>>;
  completion(request: NamedCall<"chat", Names>, options?: CallOptions): Promise<Result<"chat">>;
  async completion(request: ChatRequest, options?: CallOptions): Promise<Result<"chat">> {
    return present(await this.execute("chat", request, options));
  }

  /** Makes a text completion. Request and answer have OpenAI's shape. It rejects like `completion`. */
  textCompletion(
    request: StreamedCall<"text_completion", Names>,
    options?: CallOptions,
  ): Promise<ChunkStream<TextCompletion>>;
  textCompletion(
    request: PlainCall<"text_completion", Names>,
    options?: CallOptions,
  ): Promise<Routed<SdkTextCompletion>>;
  textCompletion(
    request: NamedCall<"text_completion", Names>,
    options?: CallOptions,
  ): Promise<Result<"text_completion">>;
  async textCompletion(request: TextCompletionRequest, options?: CallOptions): Promise<Result<"text_completion">> {
    return present(await this.execute("text_completion", request, options));
  }

  /** Makes embeddings. Request and answer have OpenAI's shape. It rejects like `completion`. */
  embedding(
    request: NamedCall<"embeddings", Names> & { readonly encoding_format?: "float" },
    options?: CallOptions,
  ): Promise<Routed<SdkEmbeddingResponse>>;
  embedding(request: NamedCall<"embeddings", Names>, options?: CallOptions): Promise<Routed<EmbeddingResponse>>;
  async embedding(request: EmbeddingRequest, options?: CallOptions): Promise<Routed<EmbeddingResponse>> {
    return present(await this.execute("embeddings", request, options)) as Routed<EmbeddingResponse>;
  }

  /** Makes a message. Request and answer have the shape of the Messages API. It rejects like `completion`. */
  messages(request: StreamedCall<"messages", Names>, options?: CallOptions): Promise<ChunkStream<MessagesEvent>>;
  messages(request: PlainCall<"messages", Names>, options?: CallOptions): Promise<Routed<SdkMessagesAnswer>>;
  messages(request: NamedCall<"messages", Names>, options?: CallOptions): Promise<Result<"messages">>;
  async messages(request: MessagesRequest, options?: CallOptions): Promise<Result<"messages">> {
    return present(await this.execute("messages", request, options));
  }

  /** Makes a response. Request and answer have the shape of OpenAI's Responses API, with `output_text`. It rejects like `completion`. */
  responses(request: StreamedCall<"responses", Names>, options?: CallOptions): Promise<ChunkStream<ResponsesEvent>>;
  responses(request: PlainCall<"responses", Names>, options?: CallOptions): Promise<Routed<SdkResponsesAnswer>>;
  responses(request: NamedCall<"responses", Names>, options?: CallOptions): Promise<Result<"responses">>;
  async responses(request: ResponsesRequest, options?: CallOptions): Promise<Result<"responses">> {
    return withOutputText(present(await this.execute("responses", request, options)));
  }

  execute<Operation extends OperationName>(
    operation: Operation,
    request: OperationTypes[Operation]["request"] | JsonObject,
    options?: CallOptions,
  ): Promise<Outcome<Operation>> {
    let call: Parameters<Next>[0];
    try {
      if (this.#closing !== undefined)
        throw createError({ kind: "service_unavailable", message: "The router is closed." });
      call = openCall(this.#services, this.#snapshot, { operation, body: request, options });
    } catch (thrown) {
      return rejected(thrown);
    }
    return (call.stream ? this.#streamed(call) : this.#plain(call)) as Promise<Outcome<Operation>>;
  }

  async resource(
    request: ResourceRequest,
    options: Pick<CallOptions, "cancellation" | "signal"> = {},
  ): Promise<ResourceOutcome> {
    return storedResource({ services: this.#services, snapshot: this.#snapshot, ...options }, request);
  }

  models(): readonly ModelListing[] {
    return this.#snapshot.names.listing();
  }

  resolve(name: string): ModelListing | undefined {
    return this.#snapshot.names.listed(name);
  }

  state(): RouterState {
    return stateView(this.#snapshot, this.#services, this.#parts.strategy.name, this.inFlight);
  }

  deployments(): readonly DeploymentInfo[] {
    return this.#snapshot.runtimes.map(({ deployment }) => deploymentInfo(deployment));
  }

  /**
   * Explains what would serve a model name, in which order, and with which limits, timeouts, retries and fallbacks. It
   * does not call a vendor.
   * @param sample - a sample call; `rejection` says why a deployment would not serve it
   */
  explain(name: string, sample?: ExplainSample): Explanation {
    return explain(this.#snapshot, this.#services, name, sample);
  }

  /**
   * Replaces the configuration. Deployments with unchanged settings keep their health, usage and latencies, and running
   * calls finish with the configuration they started with.
   * @throws `invalid_option`, in which case nothing has changed
   */
  update(change: Change): void {
    const previous = this.#snapshot;
    checkChange(change);
    checkFallbackEntries(compileLists(change.config));
    const providers = change.providers === undefined ? this.#providers : byName(change.providers);
    const strategy = change.strategy ?? this.#parts.strategy;
    const next = compileSnapshot({
      config: change.config,
      providers,
      catalog: this.#parts.catalog,
      cooldown: this.#parts.cooldown,
      strategy,
      groupStrategies: change.groupStrategies ?? this.#parts.groupStrategies,
      previous,
    });
    this.#providers = providers;
    if (change.callbacks !== undefined) this.#services.hub.replace(change.callbacks);
    handOver(previous, next, this.#services.faults);
    this.#snapshot = next;
    this.#plain = this.#composePlain();
    for (const warning of next.warnings) this.#services.logger.warn({}, formatWarning(warning));
    const at = this.#services.clock.now();
    this.#services.hub.emit({ type: "configuration_changed", at, ...difference(previous, next) });
  }

  /**
   * Closes callbacks and providers. Running calls are not stopped, and new calls are refused. Further calls of `close`
   * return the same promise.
   */
  close(): Promise<void> {
    this.#closing ??= Promise.resolve().then(() => this.#close());
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#shared?.close();
    await this.#services.hub.close();
    await Promise.all([...this.#providers.values()].map(async (provider) => provider.close?.()));
  }

  #composePlain(): Next {
    const shares = this.#snapshot.config.cache.singleFlight;
    return compose(shares ? [...this.#outer, this.#flights.layer] : this.#outer, runGroups);
  }
}

function byName(providers: readonly Provider[]): ReadonlyMap<string, Provider> {
  return new Map(providers.map((provider) => [provider.name, provider]));
}

/** Wraps layers around the last step. @param layers - the outermost one first */
function compose(layers: readonly Layer[], last: Next): Next {
  return layers.reduceRight<Next>((next, layer) => (call) => layer(call, next), last);
}

function present<Answer extends object, Chunk>(outcome: Outcome): Routed<Answer> | ChunkStream<Chunk> {
  if (outcome.kind === "stream") return chunkStream<Chunk>(outcome);
  // A custom provider may return the same object for every call, or one that cannot be extended.
  const taken = Object.hasOwn(outcome.value, "routing") || !Object.isExtensible(outcome.value);
  const answer = taken ? { ...outcome.value } : outcome.value;
  Object.defineProperty(answer, "routing", { value: outcome.trail, enumerable: false, configurable: true });
  return answer as unknown as Routed<Answer>;
}
