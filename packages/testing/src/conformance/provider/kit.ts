import {
  type Deployment,
  type JsonObject,
  type OperationName,
  type Provider,
  type ProviderCall,
  RouterError,
  Secret,
} from "@modelyard/core";
import {
  Cancellation,
  operations,
  type ProviderAnswer,
  type ProviderStream,
  type StreamPart,
} from "@modelyard/core/kit";
import { afterAll, afterEach, beforeAll } from "vitest";
import { makeCandidate } from "../../candidates.js";
import { Promptness } from "../../promptness.js";
import { deepFreeze } from "../deep-freeze.js";
import { failure } from "../../helpers/index.js";
import { startUpstream, type Upstream } from "../../upstream/start-upstream.js";
import { rateLimitHeaders, type ScriptedQuota } from "../../upstream/rate-limit-headers.js";
import { defaultUsage } from "../../upstream/behavior.js";
import type { ScriptedFinishReason, WireFacts } from "../../upstream/wire.js";
import type { ProviderSetup } from "./setup.js";

type Headers = Readonly<Record<string, string>>;

/** Optional features of a wire that tests depend on. */
type WireAbility = "tools" | "cachedTokens" | "requestIdHeader" | "rateLimitHeaders" | "keepAlive" | "failureEvent";

const noFacts: WireFacts = {
  operation: "chat",
  model: "vendor-model",
  finishReason: "stop",
  usage: defaultUsage,
  toolCalls: [],
  body: {},
};

/** OpenAI's finish reasons. */
export const openaiReasons: ReadonlySet<string> = new Set(["stop", "length", "tool_calls", "content_filter"]);

/** The API key of every deployment in the suite. It must not appear in anything that is shown. */
export const canary = "key-canary-0123456789";
/** The time of all calls, in milliseconds since the epoch. */
export const now = Date.UTC(2026, 0, 1);

/** One request per operation, frozen deeply. */
export const requests: Readonly<Record<OperationName, object>> = deepFreeze({
  chat: {
    model: "asked",
    messages: [
      { role: "system", content: "Be brief." },
      { role: "user", content: [{ type: "text", text: "hi" }] },
    ],
    max_tokens: 20,
    temperature: 0.5,
    stop: ["END"],
  },
  text_completion: { model: "asked", prompt: "Say hello", max_tokens: 20 },
  embeddings: { model: "asked", input: ["x", "y"] },
  messages: {
    model: "asked",
    system: "Be brief.",
    messages: [{ role: "user", content: [{ type: "text", text: "hi" }] }],
    max_tokens: 20,
  },
  responses: {
    model: "asked",
    instructions: "Be brief.",
    input: [{ role: "user", content: [{ type: "input_text", text: "hi" }] }],
    max_output_tokens: 20,
    store: false,
  },
  messages_count_tokens: { model: "asked", system: "Be brief.", messages: [{ role: "user", content: "hi" }] },
  responses_compact: { model: "asked", input: [{ role: "user", content: "hi" }] },
  responses_input_tokens: { model: "asked", instructions: "Be brief.", input: "hi" },
});

export interface CallOptions {
  readonly operation?: OperationName;
  readonly stream?: boolean;
  /** Fields that are added to the operation's request. */
  readonly fields?: object;
  readonly model?: string;
  /** Host of the upstream. @defaultValue `host` */
  readonly host?: string;
  /** Origin to call instead of the upstream's. */
  readonly origin?: string;
  readonly apiKey?: string;
  readonly cancellation?: Cancellation;
  readonly connectMs?: number;
  readonly headersMs?: number;
  readonly publicOnly?: boolean;
}

/** A call that is ready to be made. */
export interface PreparedCall {
  readonly operation: OperationName;
  readonly call: ProviderCall;
}

interface ToolPiece {
  readonly index: number;
  readonly function?: { readonly arguments?: string };
}

interface ChunkOf {
  readonly choices: readonly {
    readonly delta?: { readonly tool_calls?: readonly ToolPiece[] };
  }[];
}

/** The text of a whole answer. */
export function textOfAnswer({ value }: ProviderAnswer, operation: OperationName = "chat"): string {
  return operations[operation].reads.text(value);
}

export function toolPiecesOf(parts: readonly StreamPart[]): readonly ToolPiece[] {
  return chunksOf(parts).flatMap((chunk) => chunk.choices.flatMap((choice) => choice.delta?.tool_calls ?? []));
}

export function chunksOf(parts: readonly StreamPart[]): readonly ChunkOf[] {
  return parts.flatMap((part) => part.chunks as unknown as readonly ChunkOf[]);
}

/** The text of a stream. */
export function textOf(parts: readonly StreamPart[], operation: OperationName = "chat"): string {
  const { reads } = operations[operation];
  return parts.flatMap((part) => part.chunks.map((chunk) => reads.text(chunk as unknown as JsonObject))).join("");
}

export function finishedOf(parts: readonly StreamPart[]): number {
  return parts.reduce((sum, part) => sum + part.finished, 0);
}

/** The upstream, the provider and the calls of one provider's tests. */
export class ProviderKit {
  readonly setup: ProviderSetup;
  readonly operations: readonly OperationName[];
  readonly streamed: readonly OperationName[];
  upstream!: Upstream;
  provider!: Provider;
  readonly promptness = new Promptness();

  constructor(setup: ProviderSetup) {
    this.setup = setup;
    this.operations = setup.create().operations;
    this.streamed = this.operations.filter((operation) => operations[operation].streams);
  }

  /** The case of a test that depends on a feature of the wire. None if the wire does not have it. */
  needs<Ability extends WireAbility>(ability: Ability): readonly Ability[] {
    const { wire } = this.setup;
    return wire === undefined || (wire[ability] ?? false) !== false ? [ability] : [];
  }

  /** The cases of a test that only applies to the three dialects. None for a custom wire. */
  forDialects<Case>(cases: readonly Case[]): readonly Case[] {
    return this.setup.wire === undefined ? cases : [];
  }

  /** Whether the wire has an end mark after the finish reason. */
  get hasEndMark(): boolean {
    const { wire } = this.setup;
    return wire?.stream([], noFacts).end !== undefined || wire === undefined;
  }

  /** The vendor's limits as reported by its headers. */
  rateLimitHeaders(quotas: { readonly requests: ScriptedQuota; readonly tokens: ScriptedQuota }): Headers {
    const { wire, dialect } = this.setup;
    return wire === undefined ? rateLimitHeaders(dialect, quotas, now) : (wire.rateLimitHeaders?.(quotas, now) ?? {});
  }

  /** OpenAI's finish reasons that the wire can express. */
  get finishReasons(): readonly ScriptedFinishReason[] {
    const { wire } = this.setup;
    if (wire === undefined) return ["stop", "length", "content_filter"];
    return wire.finishReasons?.filter((reason) => openaiReasons.has(reason)) ?? ["stop"];
  }

  /** The body of a failure that all dialects, or the custom wire, can read. */
  failureBody(message: string, status = 429, type = "rate_limit_error"): string {
    return this.setup.wire?.failure(status, message) ?? JSON.stringify({ type: "error", error: { type, message } });
  }

  /** Call it within a `describe`. */
  install(): void {
    beforeAll(async () => {
      const { wire } = this.setup;
      this.upstream = await startUpstream(wire === undefined ? {} : { wire });
      this.provider = this.setup.create();
    });
    afterEach(() => {
      this.upstream.reset();
    });
    afterAll(async () => {
      this.promptness.stop();
      await this.provider.close?.();
      await this.upstream.close();
    });
  }

  /**
   * Whether the provider closed the connection of the only call, rather than the vendor.
   * @throws an error if neither side closes it at once
   */
  async closedAtOnce(): Promise<boolean> {
    const [call] = this.upstream.calls;
    return (await this.promptness.prompt(this.upstream.waitForClose(call!))).closedByClientAt !== undefined;
  }

  make(options: CallOptions = {}): PreparedCall {
    const { operation = "chat", stream = false, fields = {}, model = "vendor-model", host = "host" } = options;
    const { origin = this.upstream.origin, apiKey = canary, cancellation = new Cancellation() } = options;
    const plain = makeCandidate({ id: "d" }).deployment;
    const deployment: Deployment = {
      ...plain,
      provider: this.provider.name,
      model,
      connection: {
        ...plain.connection,
        apiKey: new Secret(apiKey),
        baseUrl: `${origin}/${host}${this.setup.suffix ?? ""}`,
        apiVersion: this.setup.apiVersion,
        ...(options.publicOnly === true ? { publicOnly: true } : {}),
      },
    };
    const request = deepFreeze({ ...requests[operation], ...fields, ...(stream ? { stream } : {}) });
    const call: ProviderCall = {
      deployment,
      model,
      request: request as ProviderCall["request"],
      stream,
      cancellation,
      connectMs: options.connectMs ?? 2_000,
      headersMs: options.headersMs ?? 4_000,
      dropParams: false,
      now: () => now,
    };
    return { operation, call };
  }

  /** Makes a plain call. */
  async answer(options: CallOptions = {}): Promise<ProviderAnswer> {
    const { operation, call } = this.make(options);
    const result = await this.provider.call(operation, call);
    if (result.kind !== "answer") throw new Error("a plain call was answered with a stream");
    return result;
  }

  /** Makes a streamed call, up to the response headers. */
  async begin({ operation, call }: PreparedCall): Promise<ProviderStream> {
    const result = await this.provider.call(operation, call);
    if (result.kind !== "stream") throw new Error("a streamed call was answered as a whole");
    return result;
  }

  /** Makes a streamed call and reads it to its end. @param into - receives the parts as they arrive */
  async read(options: CallOptions = {}, into: StreamPart[] = []): Promise<StreamPart[]> {
    return this.follow(this.make({ stream: true, ...options }), into);
  }

  async follow(made: PreparedCall, into: StreamPart[] = []): Promise<StreamPart[]> {
    const { parts } = await this.begin(made);
    for await (const part of parts) into.push(part);
    return into;
  }

  /** The provider error that a call fails with. A stream is read to its end. */
  async error(options: CallOptions = {}): Promise<RouterError> {
    const made = this.make(options);
    const thrown = await failure<unknown>(
      made.call.stream ? this.follow(made) : this.provider.call(made.operation, made.call),
    );
    if (RouterError.isInstance(thrown) && thrown.source === "provider") return thrown;
    throw new Error(`not a provider error: ${String(thrown)}`, { cause: thrown });
  }
}
