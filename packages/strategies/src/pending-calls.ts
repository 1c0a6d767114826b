import type { EventOf, StrategyEvent } from "@modelyard/core";
import { byMode, type LatencyMode, modeOf } from "./latency-mode.js";

/** A call that a deployment has not finished. */
export interface PendingCall {
  readonly mode: LatencyMode;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly promptTokens: number;
  /** What the deployment had to do when the call began: see {@link PendingCalls.load}. */
  readonly load: number;
  /** Counts up, so that it says which of two calls began first. */
  readonly order: number;
  /** Whether its first token has arrived. */
  answered: boolean;
  previous: PendingCall | undefined;
  next: PendingCall | undefined;
}

/** Calls of one mode that wait for an answer and that no later call has overtaken, oldest first. */
interface Queue {
  first: PendingCall | undefined;
  last: PendingCall | undefined;
  /** Prompt tokens of all calls that wait, overtaken ones included. */
  promptTokens: number;
}

/**
 * The calls that are with one deployment. A call is overtaken when a later one is answered first: then its wait is its
 * own (a long answer, a straggler) and says nothing about the deployment. A deployment that is silent answers nothing,
 * so its oldest call is never overtaken.
 */
export class PendingCalls {
  readonly #calls = new Map<string, PendingCall>();
  readonly #queues = byMode((): Queue => ({ first: undefined, last: undefined, promptTokens: 0 }));
  #order = 0;

  /** The call that has waited longest for its answer and has not been overtaken. */
  oldest(mode: LatencyMode): PendingCall | undefined {
    return this.#queues[mode].first;
  }

  /**
   * What the deployment has to do before it can answer: prompt tokens that wait for a first token; for plain answers,
   * which are slowed down by all that are written at the same time, the number of calls.
   */
  load(mode: LatencyMode): number {
    return mode === "plain" ? this.#calls.size : this.#queues[mode].promptTokens;
  }

  start(event: EventOf<"attempt_started">): void {
    // The same id once more: the end of the first was never reported.
    this.end(event);
    const mode = modeOf(event.operation, event.stream);
    const promptTokens = event.inputTokens;
    const queue = this.#queues[mode];
    this.#order += 1;
    const call: PendingCall = {
      mode,
      startedAt: event.at,
      promptTokens,
      load: this.load(mode),
      order: this.#order,
      answered: false,
      previous: queue.last,
      next: undefined,
    };
    if (queue.last === undefined) queue.first = call;
    else queue.last.next = call;
    queue.last = call;
    queue.promptTokens += promptTokens;
    this.#calls.set(event.callId, call);
  }

  /** Its first token has arrived. @returns `undefined` when its start was not seen, or it was answered before */
  answer({ callId }: StrategyEvent): PendingCall | undefined {
    const call = this.#calls.get(callId);
    if (call === undefined || call.answered) return undefined;
    call.answered = true;
    const queue = this.#queues[call.mode];
    queue.promptTokens -= call.promptTokens;
    // Those that began earlier are overtaken, unless this one has been overtaken itself.
    if (isQueued(queue, call)) {
      queue.first = call.next;
      if (call.next === undefined) queue.last = undefined;
      else call.next.previous = undefined;
    }
    // A stream may last for hours: it must not hold on to every call that followed it.
    call.previous = undefined;
    call.next = undefined;
    return call;
  }

  /** It is over, however it ended. @returns `undefined` when its start was not seen */
  end({ callId }: StrategyEvent): PendingCall | undefined {
    const call = this.#calls.get(callId);
    if (call === undefined) return undefined;
    this.#calls.delete(callId);
    if (call.answered) return call;
    const queue = this.#queues[call.mode];
    queue.promptTokens -= call.promptTokens;
    if (!isQueued(queue, call)) return call;
    if (call.previous === undefined) queue.first = call.next;
    else call.previous.next = call.next;
    if (call.next === undefined) queue.last = call.previous;
    else call.next.previous = call.previous;
    return call;
  }
}

function isQueued({ first }: Queue, { order }: PendingCall): boolean {
  return first !== undefined && order >= first.order;
}
