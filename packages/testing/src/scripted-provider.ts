import {
  type Clock,
  createProviderError,
  type ErrorKind,
  type FieldsCall,
  mayDrop,
  type OperationName,
  operationNames,
  type Provider,
  type ProviderCall,
  type ProviderIdentity,
  type ProviderResult,
  sleep,
  type StreamPart,
} from "@modelyard/core";
import { donePart, scriptedAnswer, scriptedPart } from "./scripted-answers.js";
import { answers, type ProviderBehaviour, streams } from "./scripted-behaviour.js";

/** One call of a scripted provider. Times are in milliseconds since the epoch, on the provider's clock. */
export interface ScriptedCall {
  readonly deploymentId: string;
  readonly group: string;
  readonly operation: OperationName;
  readonly call: ProviderCall;
  readonly at: number;
  /** When it was aborted, or its stream was abandoned before the end. `undefined`: neither. */
  cancelledAt: number | undefined;
  /** When it ended: answered, failed, aborted or streamed to the end. */
  settledAt: number | undefined;
}

export interface ScriptedProvider extends Provider {
  readonly calls: readonly ScriptedCall[];
  /** Number of calls in progress, including streams that are being read. */
  readonly open: number;
  /**
   * Plays behaviours for calls to a deployment in order, and repeats the last one.
   * @param deployment - id or vendor model; `*` applies to all deployments without a script
   */
  script(deployment: string, ...behaviours: readonly ProviderBehaviour[]): void;
  /**
   * Fields that a deployment, by id or vendor model, does not support. They are dropped and reported if `dropParams` allows
   * it; otherwise the call fails with `unsupported_params` before it is recorded.
   */
  refuse(deployment: string, ...fields: readonly string[]): void;
  /** Removes scripts, refusals and recorded calls. */
  reset(): void;
}

export interface ScriptedProviderOptions extends Partial<ProviderIdentity> {
  /** @defaultValue `openai` */
  readonly name?: string;
  readonly clock: Clock;
}

interface Track {
  readonly behaviours: readonly ProviderBehaviour[];
  played: number;
}

/** A provider that plays scripts in this process, on the given clock. Without a script it answers `hello`. */
export function scriptedProvider({ name = "openai", clock, ...identity }: ScriptedProviderOptions): ScriptedProvider {
  const calls: ScriptedCall[] = [];
  const tracks = new Map<string, Track>();
  const refusals = new Map<string, readonly string[]>();
  const unsupportedFields = ({ deployment, request, allowedParams = [] }: FieldsCall): readonly string[] =>
    (refusals.get(deployment.id) ?? refusals.get(deployment.model) ?? []).filter(
      (field) => Object.hasOwn(request, field) && !allowedParams.includes(field),
    );
  const next = (call: ProviderCall): ProviderBehaviour => {
    const { id, model } = call.deployment;
    const track = tracks.get(id) ?? tracks.get(model) ?? tracks.get("*");
    if (track === undefined) return call.stream ? streams(["hel", "lo"]) : answers();
    const behaviour = track.behaviours[Math.min(track.played, track.behaviours.length - 1)];
    track.played += 1;
    return behaviour ?? answers();
  };
  return {
    ...identity,
    name,
    specVersion: 1,
    operations: operationNames,
    calls,
    get open() {
      return calls.filter((call) => call.settledAt === undefined).length;
    },
    script(deployment, ...behaviours) {
      tracks.set(deployment, { behaviours, played: 0 });
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

  async play(behaviour: ProviderBehaviour): Promise<ProviderResult> {
    if (behaviour.type === "stream") {
      const { rateLimit } = behaviour;
      return { kind: "stream", parts: this.#parts(behaviour), rateLimit };
    }
    try {
      return await this.#answer(behaviour);
    } finally {
      this.#settle();
    }
  }

  async #answer(behaviour: Exclude<ProviderBehaviour, { type: "stream" }>): Promise<ProviderResult> {
    const { call, operation } = this.record;
    switch (behaviour.type) {
      case "deaf":
        return new Promise(() => {
          // This promise never settles, like that of a provider that ignores cancellation.
        });
      case "hang":
        return this.#silence();
      case "failure":
        await this.#wait(behaviour.delayMs);
        throw this.#failure(behaviour.kind, `scripted ${behaviour.kind}`, behaviour);
      case "answer": {
        await this.#wait(behaviour.delayMs);
        const { text, usage, rateLimit } = behaviour;
        return { kind: "answer", value: behaviour.value ?? scriptedAnswer(operation, call, text, usage), rateLimit };
      }
    }
  }

  async *#parts(behaviour: Extract<ProviderBehaviour, { type: "stream" }>): AsyncGenerator<StreamPart> {
    const { call, operation } = this.record;
    const { texts, content } = behaviour;
    let left = true;
    try {
      for (const [index, text] of texts.entries()) {
        await this.#wait(index === 0 ? behaviour.firstTokenMs : behaviour.gapMs);
        await this.#strike(behaviour, index);
        yield scriptedPart({ operation, call, content, text, usage: undefined });
      }
      await this.#strike(behaviour, texts.length);
      const { usage, finishReason } = behaviour;
      if (behaviour.finish) yield scriptedPart({ operation, call, content, text: undefined, usage, finishReason });
      left = false;
      if (behaviour.done) yield donePart;
    } catch (thrown) {
      left = false;
      throw thrown;
    } finally {
      if (left) this.record.cancelledAt ??= this.#clock.now();
      this.#settle();
    }
  }

  /** Fails or stalls after the scripted number of texts. */
  async #strike(behaviour: Extract<ProviderBehaviour, { type: "stream" }>, texts: number): Promise<void> {
    if (behaviour.failAfter === texts) throw this.#failure(behaviour.failKind, "scripted mid-stream failure");
    if (behaviour.hangAfter === texts) await this.#silence();
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
    { status, retryAfterMs }: { readonly status?: number; readonly retryAfterMs?: number } = {},
  ): Error {
    return createProviderError({
      kind,
      provider: this.#name,
      message,
      ...(status === undefined ? {} : { status }),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    });
  }

  #settle(): void {
    this.record.settledAt = this.#clock.now();
    this.record.call.cancellation.remove(this.#onCancel);
  }
}
