import type { Clock, ErrorKind, OperationName, Provider, ProviderCall, ProviderResult } from "@modelyard/core";
import {
  createProviderError,
  type FieldsCall,
  mayDrop,
  operationNames,
  type ProviderIdentity,
  type RouterErrorOptions,
  sleep,
  type StreamPart,
} from "@modelyard/core/kit";
import { donePart, scriptedAnswer, scriptedPart } from "./scripted-answers.js";
import { answers, type ProviderBehavior, streams } from "./scripted-behavior.js";

/** One call of a scripted provider. Times are in milliseconds since the epoch, on the provider's clock. */
export interface ScriptedCall {
  readonly deploymentId: string;
  readonly group: string;
  readonly operation: OperationName;
  readonly call: ProviderCall;
  readonly at: number;
  /** When it was aborted or its stream was abandoned before the end, or `undefined` if neither has happened. */
  cancelledAt: number | undefined;
  /** When it ended: answered, failed, aborted or streamed to the end. `undefined` while it is in progress. */
  settledAt: number | undefined;
}

export interface ScriptedProvider extends Provider {
  readonly calls: readonly ScriptedCall[];
  /** Number of calls in progress, including streams that are being read. */
  readonly open: number;
  /**
   * Plays behaviors for calls to a deployment in order, and repeats the last one.
   * @param deployment - id or vendor model; `*` applies to all deployments without a script
   */
  script(deployment: string, ...behaviors: readonly ProviderBehavior[]): void;
  /**
   * Fields that a deployment, by id or vendor model, does not support. They are dropped and reported if `dropParams`
   * allows it; otherwise the call fails with `unsupported_params` before it is recorded.
   */
  refuse(deployment: string, ...fields: readonly string[]): void;
  /** Removes scripts, refusals and recorded calls. */
  reset(): void;
}

export interface ScriptedProviderOptions extends Partial<ProviderIdentity> {
  /** @defaultValue `openai` */
  readonly name?: string;
  /** @defaultValue all of them */
  readonly operations?: readonly OperationName[];
  readonly clock: Clock;
}

interface Track {
  readonly behaviors: readonly ProviderBehavior[];
  played: number;
}

/** A provider that plays scripts in this process, on the given clock. Without a script it answers `hello`. */
export function scriptedProvider(options: ScriptedProviderOptions): ScriptedProvider {
  const { name = "openai", operations = operationNames, clock, ...identity } = options;
  const calls: ScriptedCall[] = [];
  const tracks = new Map<string, Track>();
  const refusals = new Map<string, readonly string[]>();
  const unsupportedFields = ({ deployment, request, allowedParams = [] }: FieldsCall): readonly string[] =>
    (refusals.get(deployment.id) ?? refusals.get(deployment.model) ?? []).filter(
      (field) => Object.hasOwn(request, field) && !allowedParams.includes(field),
    );
  const next = (call: ProviderCall): ProviderBehavior => {
    const { id, model } = call.deployment;
    const track = tracks.get(id) ?? tracks.get(model) ?? tracks.get("*");
    if (track === undefined) return call.stream ? streams(["hel", "lo"]) : answers();
    const behavior = track.behaviors[Math.min(track.played, track.behaviors.length - 1)];
    track.played += 1;
    return behavior ?? answers();
  };
  return {
    ...identity,
    name,
    specVersion: 1,
    operations,
    calls,
    get open() {
      return calls.filter((call) => call.settledAt === undefined).length;
    },
    script(deployment, ...behaviors) {
      tracks.set(deployment, { behaviors, played: 0 });
    },
    refuse(deployment, ...fields) {
      refusals.set(deployment, fields);
    },
    unsupportedFields: (_, call) => unsupportedFields(call),
    reset() {
      tracks.clear();
      refusals.clear();
      calls.length = 0;
    },
    async call(operation, call) {
      const fields = unsupportedFields(call);
      const param = fields.find((field) => !mayDrop(call.dropParams, field));
      if (param !== undefined)
        throw createProviderError({ kind: "unsupported_params", provider: name, param, message: `No ${param} here.` });
      const performance = new Performance({ name, clock, operation, call });
      calls.push(performance.record);
      const result = await performance.play(next(call));
      return fields.length === 0 ? result : { ...result, droppedParams: fields };
    },
  };
}

interface PerformanceOptions extends Required<Pick<ScriptedProviderOptions, "name" | "clock">> {
  readonly operation: OperationName;
  readonly call: ProviderCall;
}

/** One call being played. */
class Performance {
  readonly record: ScriptedCall;
  readonly #name: string;
  readonly #clock: Clock;
  readonly #onCancel = (): void => {
    this.record.cancelledAt = this.#clock.now();
  };

  constructor({ name, clock, operation, call }: PerformanceOptions) {
    this.#name = name;
    this.#clock = clock;
    const { id: deploymentId, group } = call.deployment;
    this.record = {
      deploymentId,
      group,
      operation,
      call,
      at: clock.now(),
      cancelledAt: undefined,
      settledAt: undefined,
    };
    call.cancellation.add(this.#onCancel);
  }

  async play(behavior: ProviderBehavior): Promise<ProviderResult> {
    if (behavior.type === "stream") {
      const { rateLimit } = behavior;
      return { kind: "stream", parts: this.#parts(behavior), rateLimit };
    }
    try {
      return await this.#answer(behavior);
    } finally {
      this.#settle();
    }
  }

  async #answer(behavior: Exclude<ProviderBehavior, { type: "stream" }>): Promise<ProviderResult> {
    const { call, operation } = this.record;
    switch (behavior.type) {
      case "deaf":
        return new Promise(() => {
          // This promise never settles, like that of a provider that ignores cancellation.
        });
      case "hang":
        return this.#silence();
      case "failure":
        await this.#wait(behavior.delayMs);
        throw this.#failure(behavior.kind, `scripted ${behavior.kind}`, behavior);
      case "answer": {
        await this.#wait(behavior.delayMs);
        const { text, usage, rateLimit } = behavior;
        return { kind: "answer", value: behavior.value ?? scriptedAnswer(operation, call, text, usage), rateLimit };
      }
    }
  }

  async *#parts(behavior: Extract<ProviderBehavior, { type: "stream" }>): AsyncGenerator<StreamPart> {
    const { call, operation } = this.record;
    const { texts, content } = behavior;
    const shared = { operation, call, content };
    let left = true;
    try {
      for (const [index, text] of texts.entries()) {
        await this.#wait(index === 0 ? behavior.firstTokenMs : behavior.gapMs);
        await this.#strike(behavior, index);
        const textSoFar = texts.slice(0, index + 1).join("");
        yield scriptedPart({ ...shared, text, index, textSoFar, usage: undefined });
      }
      await this.#strike(behavior, texts.length);
      const { usage, finishReason } = behavior;
      const end = { ...shared, text: undefined, index: texts.length, textSoFar: texts.join(""), usage, finishReason };
      if (behavior.finish) yield scriptedPart(end);
      left = false;
      if (behavior.done) yield donePart(end);
    } catch (thrown) {
      left = false;
      throw thrown;
    } finally {
      if (left) this.record.cancelledAt ??= this.#clock.now();
      this.#settle();
    }
  }

  /** Fails or stalls after the scripted number of texts. */
  async #strike(behavior: Extract<ProviderBehavior, { type: "stream" }>, texts: number): Promise<void> {
    if (behavior.failAfter === texts) throw this.#failure(behavior.failKind, "scripted mid-stream failure");
    if (behavior.hangAfter === texts) await this.#silence();
  }

  async #wait(ms: number): Promise<void> {
    if (ms > 0) await sleep(this.#clock, ms, this.record.call.cancellation);
  }

  #silence(): Promise<never> {
    return new Promise((_, reject) => {
      this.record.call.cancellation.add(reject);
    });
  }

  #failure(
    kind: ErrorKind,
    message: string,
    { status, retryAfterMs, vendorAnswer }: Pick<RouterErrorOptions, "status" | "retryAfterMs" | "vendorAnswer"> = {},
  ): Error {
    return createProviderError({
      kind,
      provider: this.#name,
      message,
      ...(status === undefined ? {} : { status }),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      ...(vendorAnswer === undefined ? {} : { vendorAnswer, upstream: { status: vendorAnswer.status } }),
    });
  }

  #settle(): void {
    this.record.settledAt = this.#clock.now();
    this.record.call.cancellation.remove(this.#onCancel);
  }
}
