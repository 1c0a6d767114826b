import type { EventOf, StrategyEvent } from "@modelyard/core";
import { byMode, type LatencyMode, modeOf } from "./latency-mode.js";

/** A call in flight. */
export interface PendingCall {
  readonly mode: LatencyMode;
  /** When it began, in milliseconds since the epoch. */
  readonly startedAt: number;
  readonly promptTokens: number;
  /** The load of the deployment when the call began: see {@link PendingCalls.load}. */
  readonly load: number;
  /** Increases with each call, so that it tells which of two calls began first. */
  readonly order: number;
  /** Whether the first token has arrived. */
  answered: boolean;
  /** Whether a later call was answered before it. */
  overtaken: boolean;
  previous: PendingCall | undefined;
  next: PendingCall | undefined;
}

/** Calls of one mode that are waiting for an answer and have not been overtaken, oldest first. */
interface Queue {
  first: PendingCall | undefined;
  last: PendingCall | undefined;
  /** Prompt tokens of all waiting calls, including overtaken ones. */
  promptTokens: number;
}

/**
 * The calls in flight at one deployment. A call is overtaken when a later one is answered first. Its wait then has a
 * cause of its own (a long answer, for example) and says nothing about the deployment. The oldest call of a deployment
 * that has stopped answering is never overtaken.
 */
export class PendingCalls {
  readonly #calls = new Map<string, PendingCall>();
  readonly #queues = byMode((): Queue => ({ first: undefined, last: undefined, promptTokens: 0 }));
  #order = 0;

  /** The call that has waited longest for its answer and has not been overtaken. */
  oldest(mode: LatencyMode): PendingCall | undefined {
    return this.#queues[mode].first;
  }

  /** The call that began last, of those that wait for their answer. */
  latest(mode: LatencyMode): PendingCall | undefined {
    return this.#queues[mode].last;
  }

  /**
   * What the deployment has to process before it can answer. For streams: the prompt tokens of the calls that wait for
   * a first token. For plain answers: the number of calls, since all answers being written slow each other down.
   */
  load(mode: LatencyMode): number {
    return mode === "plain" ? this.#calls.size : this.#queues[mode].promptTokens;
  }

  start(event: EventOf<"attempt_started">): void {
    // The same id again: the end of the first call was never reported.
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
      overtaken: false,
      previous: queue.last,
      next: undefined,
    };
    if (queue.last === undefined) queue.first = call;
    else queue.last.next = call;
    queue.last = call;
    queue.promptTokens += promptTokens;
    this.#calls.set(event.callId, call);
  }

  /**
   * Call it when the first token arrives. @returns `undefined` if the start was not seen, or the call was answered
   * before
   */
  answer({ callId }: StrategyEvent): PendingCall | undefined {
    const call = this.#calls.get(callId);
    if (call === undefined || call.answered) return undefined;
    call.answered = true;
    const queue = this.#queues[call.mode];
    queue.promptTokens -= call.promptTokens;
    // Earlier calls have been overtaken, unless this call was overtaken itself.
    if (isQueued(queue, call)) {
      queue.first = call.next;
      if (call.next === undefined) queue.last = undefined;
      else call.next.previous = undefined;
    } else call.overtaken = true;
    // A stream may last for hours, and must not keep references to all calls that follow it.
    call.previous = undefined;
    call.next = undefined;
    return call;
  }

  /** Call it when the call ends, for whatever reason. @returns `undefined` if its start was not seen */
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
