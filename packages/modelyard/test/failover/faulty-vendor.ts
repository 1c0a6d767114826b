import type { Clock } from "@modelyard/core";
import {
  type Cancellation,
  isJsonObject,
  sleep,
  type Transport,
  TransportError,
  type TransportRequest,
  type TransportResponse,
} from "@modelyard/core/kit";

/** The text of every healthy answer: sixty words. */
export const wholeAnswer = Array.from({ length: 60 }, (_, index) => `word${String(index + 1)}`).join(" ");
const words = wholeAnswer.split(" ");

/** One call that reached the vendor. */
export interface VendorCall {
  /** Seconds since the vendor started. */
  readonly at: number;
  readonly model: string;
  readonly answered: boolean;
}

interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: AsyncIterable<string>;
}

/** What a model does with a call. `attempt` counts from 1; `at` is in seconds since the vendor started. */
type Fault = (call: { readonly attempt: number; readonly at: number }, vendor: FaultyVendor) => Promise<Reply>;

const encoder = new TextEncoder();
const event = (value: object): string => `data: ${JSON.stringify(value)}\n\n`;
const chunkOf = (model: string, choices: readonly object[], more: object = {}) => ({
  id: "chatcmpl-1",
  object: "chat.completion.chunk",
  created: 1,
  model,
  choices,
  ...more,
});

async function* once(text: string): AsyncGenerator<string> {
  yield text;
}

function refusal(status: number, message: string, code: string | null, headers: Record<string, string> = {}): Reply {
  const body = JSON.stringify({ error: { message, type: "error", param: null, code } });
  return { status, headers: { "content-type": "application/json", ...headers }, body: once(body) };
}

/**
 * A vendor that speaks OpenAI's wire format and fails in one way for each model name, on an injected clock. It replaces the
 * transport, so that everything above it is real.
 */
export class FaultyVendor implements Transport {
  readonly calls: VendorCall[] = [];
  readonly clock: Clock;
  readonly #startedAt: number;
  readonly #attempts = new Map<string, number>();

  constructor(clock: Clock) {
    this.clock = clock;
    this.#startedAt = clock.now();
  }

  get seconds(): number {
    return (this.clock.now() - this.#startedAt) / 1_000;
  }

  callsOf(model: string): readonly VendorCall[] {
    return this.calls.filter((call) => call.model === model);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async send(request: TransportRequest): Promise<TransportResponse> {
    const body = JSON.parse(
      typeof request.body === "string" ? request.body : new TextDecoder().decode(request.body),
    ) as { readonly model: string; readonly messages: readonly { readonly role: string; readonly content: string }[] };
    const { model, messages } = body;
    const attempt = (this.#attempts.get(model) ?? 0) + 1;
    this.#attempts.set(model, attempt);
    const at = this.seconds;
    const last = messages.at(-1);
    if (last?.role === "assistant" && model === "no-prefill") {
      this.calls.push({ at, model, answered: false });
      return this.#respond(
        request,
        refusal(400, "This model does not support assistant message prefill.", "invalid_prefill"),
      );
    }
    const reply = unlessCancelled((faults[model] ?? healthy(model))({ attempt, at }, this), request.cancellation);
    const call = { at, model, answered: false };
    this.calls.push(call);
    const result = await reply;
    call.answered = result.status === 200;
    return this.#respond(request, result);
  }

  #respond({ cancellation }: TransportRequest, { status, headers = {}, body }: Reply): TransportResponse {
    const pieces = body[Symbol.asyncIterator]();
    const next = async (): Promise<IteratorResult<Uint8Array>> => {
      const result = await unlessCancelled(pieces.next(), cancellation);
      return result.done === true
        ? { done: true, value: undefined }
        : { done: false, value: encoder.encode(result.value) };
    };
    return {
      status,
      header: (name: string) => headers[name],
      bytes: async () => {
        let text = "";
        for await (const piece of { [Symbol.asyncIterator]: () => pieces }) text += piece;
        return encoder.encode(text);
      },
      body: () => ({ [Symbol.asyncIterator]: () => ({ next }) }),
      discard: () => undefined,
    };
  }
}

/** The result of `work`, unless the call is cancelled first. */
function unlessCancelled<Value>(work: Promise<Value>, cancellation: Cancellation | undefined): Promise<Value> {
  if (cancellation === undefined) return work;
  return new Promise((resolve, reject) => {
    cancellation.add(reject);
    work.then(resolve, reject);
  });
}

interface StreamShape {
  /** Seconds before the first word. */
  readonly delay?: number;
  /** The number of words after which the fault begins. */
  readonly until?: number;
  readonly instead?: "cut" | "stall" | "garbage";
  readonly endMark?: boolean;
}

async function* play(model: string, vendor: FaultyVendor, shape: StreamShape): AsyncGenerator<string> {
  const { clock } = vendor;
  yield event(chunkOf(model, [{ index: 0, delta: { role: "assistant", content: "" }, finish_reason: null }]));
  await sleep(clock, (shape.delay ?? 0) * 1_000);
  for (const [index, word] of words.entries()) {
    if (index === shape.until) {
      if (shape.instead === "cut") throw new TransportError("reset", "the connection ended", { code: "ECONNRESET" });
      if (shape.instead === "stall") {
        await sleep(clock, 30_000);
        throw new TransportError("reset", "the connection ended", { code: "ECONNRESET" });
      }
      yield 'data: {"choices": [{]\n\n';
    }
    const content = index === 0 ? word : ` ${word}`;
    yield event(chunkOf(model, [{ index: 0, delta: { content }, finish_reason: null }]));
    await sleep(clock, 15);
  }
  yield event(chunkOf(model, [{ index: 0, delta: {}, finish_reason: "stop" }]));
  const usage = { prompt_tokens: 20, completion_tokens: words.length, total_tokens: 20 + words.length };
  yield event(chunkOf(model, [], { usage }));
  if (shape.endMark !== false) yield "data: [DONE]\n\n";
}

const streaming = (model: string, vendor: FaultyVendor, shape: StreamShape = {}): Reply => ({
  status: 200,
  headers: { "content-type": "text/event-stream" },
  body: play(model, vendor, shape),
});

const streams =
  (shape: StreamShape) =>
  (model: string): Fault =>
  (_, vendor) =>
    Promise.resolve(streaming(model, vendor, shape));

const healthy = streams({});

/** The first calls fail, later ones are answered. */
const first =
  (times: number, fail: () => Reply | Promise<Reply>) =>
  (model: string): Fault =>
  async ({ attempt }, vendor) =>
    attempt <= times ? fail() : streaming(model, vendor);

const always = (fail: () => Reply) => () => () => Promise.resolve(fail());

const tooMany = (): Reply => refusal(429, "Rate limit reached.", "rate_limit_exceeded");
const overloaded = (): Reply => refusal(503, "The engine is overloaded.", "overloaded");

const makers: Readonly<Record<string, (model: string) => Fault>> = {
  "limited-once": first(1, () => refusal(429, "Rate limit reached.", "rate_limit_exceeded", { "retry-after": "2" })),
  limited: always(tooMany),
  "fails-once": first(1, () => refusal(500, "The server had an error.", null)),
  down: always(overloaded),
  "resets-once": first(1, () => Promise.reject(new TransportError("reset", "reset", { code: "ECONNRESET" }))),
  silent: () => async (_, vendor) => {
    await sleep(vendor.clock, 120_000);
    throw new TransportError("reset", "the connection ended", { code: "ECONNRESET" });
  },
  slow: streams({ delay: 20 }),
  cut: streams({ until: 40, instead: "cut" }),
  stalls: streams({ until: 20, instead: "stall" }),
  garbage: streams({ until: 10, instead: "garbage" }),
  "no-end-mark": streams({ endMark: false }),
  "too-long": always(() =>
    refusal(400, "This model's maximum context length is 8192 tokens.", "context_length_exceeded"),
  ),
  filtered: always(() => refusal(400, "The request was rejected by the safety system.", "content_policy_violation")),
  flapping:
    (model) =>
    ({ at }, vendor) =>
      Promise.resolve(at < 60 ? overloaded() : streaming(model, vendor)),
};

const faults: Readonly<Record<string, Fault>> = Object.fromEntries(
  Object.entries(makers).map(([model, make]) => [model, make(model)]),
);

/** The text that a client put together from a stream's events. */
export function textOf(chunk: unknown): string {
  const choices = isJsonObject(chunk) ? chunk["choices"] : undefined;
  const choice: unknown = Array.isArray(choices) ? choices[0] : undefined;
  const delta = isJsonObject(choice) ? choice["delta"] : undefined;
  const content = isJsonObject(delta) ? delta["content"] : undefined;
  return typeof content === "string" ? content : "";
}
