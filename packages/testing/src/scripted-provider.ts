import {
  type AnswerOf,
  type Clock,
  createProviderError,
  type ErrorKind,
  type OperationName,
  type Provider,
  type ProviderCall,
  type ProviderResult,
  sleep,
  type StreamPart,
  type Usage,
} from "@modelyard/core";

/** What a scripted call does. */
export type ProviderBehaviour =
  | {
      readonly type: "answer";
      readonly text: string;
      readonly usage: Usage;
      readonly delayMs: number;
      readonly value?: AnswerOf;
    }
  | {
      readonly type: "failure";
      readonly kind: ErrorKind;
      readonly status?: number;
      readonly retryAfterMs?: number;
      readonly delayMs: number;
    }
  | {
      readonly type: "stream";
      readonly texts: readonly string[];
      readonly firstTokenMs: number;
      readonly gapMs: number;
      readonly finish: boolean;
      readonly done: boolean;
      readonly usage: Usage | undefined;
      /** Fails after so many texts. */
      readonly failAfter: number | undefined;
      /** Falls silent after so many texts. */
      readonly hangAfter: number | undefined;
    }
  /** Silent until called off. */
  | { readonly type: "hang" }
  /** Silent, and deaf to being called off. */
  | { readonly type: "deaf" };

export const tenTokens: Usage = { prompt_tokens: 4, completion_tokens: 6, total_tokens: 10 };

export function answers(
  text = "hello",
  options: { readonly delayMs?: number; readonly usage?: Usage; readonly value?: AnswerOf } = {},
): ProviderBehaviour {
  return { type: "answer", text, delayMs: 0, usage: tenTokens, ...options };
}

export function fails(
  kind: ErrorKind,
  options: { readonly status?: number; readonly retryAfterMs?: number; readonly delayMs?: number } = {},
): ProviderBehaviour {
  return { type: "failure", kind, delayMs: 0, ...options };
}

export function streams(
  texts: readonly string[],
  options: Partial<Omit<Extract<ProviderBehaviour, { type: "stream" }>, "type" | "texts">> = {},
): ProviderBehaviour {
  return {
    type: "stream",
    texts,
    firstTokenMs: 0,
    gapMs: 0,
    finish: true,
    done: true,
    usage: tenTokens,
    failAfter: undefined,
    hangAfter: undefined,
    ...options,
  };
}

export function hangs(): ProviderBehaviour {
  return { type: "hang" };
}

export function ignoresCancellation(): ProviderBehaviour {
  return { type: "deaf" };
}

/** One call that a scripted provider was asked to make. */
export interface ScriptedCall {
  readonly deploymentId: string;
  readonly group: string;
  readonly operation: OperationName;
  readonly call: ProviderCall;
  /** Milliseconds since the epoch, on the provider's clock. */
  readonly at: number;
  /** When it was called off; `undefined`: it was not. */
  cancelledAt: number | undefined;
}

export interface ScriptedProvider extends Provider {
  readonly calls: readonly ScriptedCall[];
  /**
   * What calls to a deployment do: one behaviour after the other, the last one again and again.
   * @param deployment - id, or the vendor's model; `*`: every one without a script of its own
   */
  script(deployment: string, ...behaviours: readonly ProviderBehaviour[]): void;
}

interface Track {
  readonly behaviours: readonly ProviderBehaviour[];
  played: number;
}

/** A provider that does as it is told, in process and on the clock it is given. Without a script it answers `hello`. */
export function scriptedProvider(options: { readonly name?: string; readonly clock: Clock }): ScriptedProvider {
  const { name = "openai", clock } = options;
  const calls: ScriptedCall[] = [];
  const tracks = new Map<string, Track>();
  const next = (call: ProviderCall): ProviderBehaviour => {
    const { id, model } = call.deployment;
    const track = tracks.get(id) ?? tracks.get(model) ?? tracks.get("*");
    if (track === undefined) return call.stream ? streams(["hel", "lo"]) : answers();
    const behaviour = track.behaviours[Math.min(track.played, track.behaviours.length - 1)];
    track.played += 1;
    return behaviour ?? answers();
  };
  return {
    name,
    specVersion: 1,
    operations: ["chat", "text_completion", "embeddings"],
    calls,
    script(deployment, ...behaviours) {
      tracks.set(deployment, { behaviours, played: 0 });
    },
    async call(operation, call) {
      const record: ScriptedCall = {
        deploymentId: call.deployment.id,
        group: call.deployment.group,
        operation,
        call,
        at: clock.now(),
        cancelledAt: undefined,
      };
      calls.push(record);
      call.cancellation.add(() => {
        record.cancelledAt = clock.now();
      });
      return play(next(call), record, { name, clock });
    },
  };
}

interface Stage {
  readonly name: string;
  readonly clock: Clock;
}

async function play(
  behaviour: ProviderBehaviour,
  record: ScriptedCall,
  { name, clock }: Stage,
): Promise<ProviderResult> {
  const { call, operation } = record;
  switch (behaviour.type) {
    case "deaf":
      return new Promise(() => {
        // Never settles: that is the point.
      });
    case "hang":
      return new Promise((_, reject) => {
        call.cancellation.add(reject);
      });
    case "failure":
      if (behaviour.delayMs > 0) await sleep(clock, behaviour.delayMs, call.cancellation);
      throw failure(behaviour, name);
    case "answer":
      if (behaviour.delayMs > 0) await sleep(clock, behaviour.delayMs, call.cancellation);
      return { kind: "answer", value: behaviour.value ?? answerFor(operation, call, behaviour) };
    case "stream":
      return { kind: "stream", parts: playStream(behaviour, record, { name, clock }) };
  }
}

function failure(behaviour: Extract<ProviderBehaviour, { type: "failure" }>, provider: string): Error {
  const { kind, status, retryAfterMs } = behaviour;
  return createProviderError({
    kind,
    provider,
    message: `scripted ${kind}`,
    ...(status === undefined ? {} : { status }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

function answerFor(
  operation: OperationName,
  call: ProviderCall,
  { text, usage }: Extract<ProviderBehaviour, { type: "answer" }>,
): AnswerOf {
  const created = Math.floor(call.now() / 1000);
  const { model } = call;
  switch (operation) {
    case "chat":
      return {
        id: "scripted",
        object: "chat.completion",
        created,
        model,
        choices: [{ index: 0, message: { role: "assistant", content: text }, finish_reason: "stop" }],
        usage,
      };
    case "text_completion":
      return {
        id: "scripted",
        object: "text_completion",
        created,
        model,
        choices: [{ index: 0, text, finish_reason: "stop" }],
        usage,
      };
    case "embeddings": {
      const input = (call.request as { readonly input?: unknown }).input;
      const count = Array.isArray(input) ? input.length : 1;
      return {
        object: "list",
        model,
        data: Array.from({ length: count }, (_, index) => ({ object: "embedding", index, embedding: [index, 1, 2] })),
        usage: { prompt_tokens: usage.prompt_tokens, total_tokens: usage.prompt_tokens },
      };
    }
  }
}

async function* playStream(
  behaviour: Extract<ProviderBehaviour, { type: "stream" }>,
  { call, operation }: ScriptedCall,
  { name, clock }: Stage,
): AsyncGenerator<StreamPart> {
  const created = Math.floor(call.now() / 1000);
  const part = (text: string | undefined, facts: Partial<StreamPart>): StreamPart => {
    const finish = text === undefined ? "stop" : null;
    const choice =
      operation === "chat"
        ? { index: 0, delta: text === undefined ? {} : { role: "assistant", content: text }, finish_reason: finish }
        : { index: 0, text: text ?? "", finish_reason: finish };
    const object = operation === "chat" ? "chat.completion.chunk" : "text_completion";
    const chunk = {
      id: "scripted",
      object,
      created,
      model: call.model,
      choices: [choice],
      ...(facts.usage === undefined ? {} : { usage: facts.usage }),
    };
    return {
      chunks: [chunk] as unknown as StreamPart["chunks"],
      bytes: undefined,
      content: text !== undefined,
      finished: 0,
      done: false,
      usage: undefined,
      ...facts,
    };
  };
  for (const [index, text] of behaviour.texts.entries()) {
    const waitMs = index === 0 ? behaviour.firstTokenMs : behaviour.gapMs;
    if (waitMs > 0) await sleep(clock, waitMs, call.cancellation);
    if (behaviour.failAfter === index)
      throw createProviderError({ kind: "internal_server", provider: name, message: "scripted mid-stream failure" });
    if (behaviour.hangAfter === index) {
      await new Promise((_, reject) => {
        call.cancellation.add(reject);
      });
    }
    yield part(text, {});
  }
  if (behaviour.failAfter === behaviour.texts.length)
    throw createProviderError({ kind: "internal_server", provider: name, message: "scripted mid-stream failure" });
  if (behaviour.finish) yield part(undefined, { finished: 1, usage: behaviour.usage });
  if (behaviour.done) yield { chunks: [], bytes: undefined, content: false, finished: 0, done: true, usage: undefined };
}
