import type { Clock, Provider, ProviderCall, Usage } from "@modelyard/core";
import { type Cancellation, isJsonObject, sleep, type StreamPart } from "@modelyard/core/kit";

/** One deployment, modelled: calls wait in a queue until their prompt is read, then all are answered at the same time. */
export interface Modelled {
  /** Prompt tokens that it reads in a second, one call after the other; `undefined`: any number at once. */
  readonly promptTokensPerSecond?: number;
  /** On top of that for every call, in milliseconds. @defaultValue 150 */
  readonly latencyMs?: number | (() => number);
  /** How many times longer an answer takes to begin, by milliseconds since the start; `Infinity`: it never begins. */
  slowness?(sinceMs: number): number;
}

interface Waiting {
  readonly promptTokens: number;
  readonly read: () => void;
}

const tokenMs = 20;

/** The queue of one deployment. */
class PromptQueue {
  readonly #waiting: Waiting[] = [];
  #reading = false;

  constructor(
    readonly clock: Clock,
    readonly msOf: (promptTokens: number) => number,
  ) {}

  /** Resolves when the prompt has been read. A call that is aborted before its turn takes no time. */
  enter(promptTokens: number, cancellation: Cancellation): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiting = { promptTokens, read: resolve };
      this.#waiting.push(waiting);
      cancellation.add((reason) => {
        const place = this.#waiting.indexOf(waiting);
        if (place >= 0) this.#waiting.splice(place, 1);
        reject(reason instanceof Error ? reason : new Error("cancelled", { cause: reason }));
      });
      if (!this.#reading) this.#next();
    });
  }

  #next(): void {
    const waiting = this.#waiting.shift();
    this.#reading = waiting !== undefined;
    if (waiting === undefined) return;
    this.clock.setTimer(() => {
      waiting.read();
      this.#next();
    }, this.msOf(waiting.promptTokens));
  }
}

/** The number of tokens of a prompt, which consists of words of four characters. */
function promptTokensOf(call: ProviderCall): number {
  const { messages } = call.request as { readonly messages: readonly { readonly content: string }[] };
  return (messages[0]?.content.length ?? 0) / 4;
}

function outputTokensOf(call: ProviderCall): number {
  const { max_tokens: tokens } = call.request as { readonly max_tokens?: number };
  return tokens ?? 1;
}

function partOf(fields: Partial<StreamPart>, choice?: object, usage?: Usage): StreamPart {
  const chunk = { id: "m", object: "chat.completion.chunk", created: 0, model: "m", choices: [choice], usage };
  const chunks = choice === undefined ? [] : ([chunk] as unknown as StreamPart["chunks"]);
  return { chunks, bytes: undefined, content: false, finished: 0, done: false, usage, ...fields };
}

/** A provider whose deployments, by model, behave as modelled. */
export function modelledProvider(clock: Clock, models: Readonly<Record<string, Modelled>>): Provider {
  const start = clock.now();
  const queues = new Map<string, PromptQueue>();
  const queueOf = (model: string, rate: number): PromptQueue => {
    const known = queues.get(model);
    if (known !== undefined) return known;
    const msOf = (tokens: number): number => (tokens / rate) * 1_000 * slownessOf(model);
    const made = new PromptQueue(clock, msOf);
    queues.set(model, made);
    return made;
  };
  const slownessOf = (model: string): number => models[model]?.slowness?.(clock.now() - start) ?? 1;
  const readPrompt = async (call: ProviderCall): Promise<void> => {
    const { model, cancellation } = call;
    const { promptTokensPerSecond: rate, latencyMs = 150 } = models[model] ?? {};
    const slowness = slownessOf(model);
    if (slowness === Number.POSITIVE_INFINITY) await sleep(clock, 1e9, cancellation);
    if (rate !== undefined) await queueOf(model, rate).enter(promptTokensOf(call), cancellation);
    await sleep(clock, (typeof latencyMs === "number" ? latencyMs : latencyMs()) * slowness, cancellation);
  };
  const usageOf = (call: ProviderCall): Usage => {
    const [prompt_tokens, completion_tokens] = [promptTokensOf(call), outputTokensOf(call)];
    return { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
  };
  const writeMs = (call: ProviderCall): number => outputTokensOf(call) * tokenMs;
  async function* parts(call: ProviderCall): AsyncGenerator<StreamPart> {
    await readPrompt(call);
    yield partOf({ content: true }, { index: 0, delta: { role: "assistant", content: "x" }, finish_reason: null });
    await sleep(clock, writeMs(call), call.cancellation);
    yield partOf({ finished: 1 }, { index: 0, delta: {}, finish_reason: "stop" }, usageOf(call));
    yield partOf({ done: true });
  }
  return {
    name: "openai",
    specVersion: 1,
    operations: ["chat"],
    async call(_, call) {
      if (!isJsonObject(call.request)) throw new TypeError("a request is an object");
      if (call.stream) return { kind: "stream", parts: parts(call) };
      await readPrompt(call);
      await sleep(clock, writeMs(call), call.cancellation);
      const message = { role: "assistant" as const, content: "x" };
      const choices = [{ index: 0, message, finish_reason: "stop" as const }];
      const value = { id: "m", object: "chat.completion" as const, created: 0, model: call.model, choices };
      return { kind: "answer", value: { ...value, usage: usageOf(call) } };
    },
  };
}
