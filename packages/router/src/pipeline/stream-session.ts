import { createProviderError, type RouterError, type StreamPart, type Timer, type Usage } from "@modelyard/core";
import type { Attempt } from "./attempt.js";
import { reservationTtlMs } from "./reservation.js";

/** How long a stream that has finished may stay open for its usage, in milliseconds. */
const graceMs = 2_000;

/** Told when a stream is over. */
export interface StreamEnd {
  done(): void;
  failed(error: RouterError): void;
  /** The reader left. */
  left(): void;
  part?(part: StreamPart): void;
}

/**
 * A stream from its first event to its last: waits for content, watches the gaps, says whether the end was one. The
 * parts go through untouched.
 */
export class StreamSession implements AsyncIterable<StreamPart>, AsyncIterator<StreamPart> {
  readonly #attempt: Attempt;
  readonly #source: AsyncIterator<StreamPart>;
  readonly #choices: number;
  readonly #held: StreamPart[] = [];
  #next = 0;
  #finished = 0;
  #done = false;
  #exhausted = false;
  #usage: Usage | undefined = undefined;
  #contentAt = 0;
  #watch: Timer = undefined;
  #extendAt: number;
  #end: StreamEnd | undefined = undefined;
  #listening = false;
  #stopWaiting: ((reason: unknown) => void) | undefined = undefined;
  readonly #onCancel = (reason: unknown): void => {
    this.#stopWaiting?.(reason);
  };

  constructor(attempt: Attempt, parts: AsyncIterable<StreamPart>) {
    this.#attempt = attempt;
    this.#source = parts[Symbol.asyncIterator]();
    const choices = attempt.call.request["n"];
    this.#choices = typeof choices === "number" && choices > 1 ? choices : 1;
    this.#extendAt = attempt.startedAt + reservationTtlMs / 2;
  }

  get attempt(): Attempt {
    return this.#attempt;
  }

  get usage(): Usage | undefined {
    return this.#usage;
  }

  /** Whether the vendor said that the answer is whole. */
  get complete(): boolean {
    return this.#done || this.#finished >= this.#choices;
  }

  /** Who wants to know how it ends; set once, before the first read. */
  set end(end: StreamEnd) {
    this.#end = end;
  }

  /**
   * Reads up to the first content (or as many events as are to be held back).
   * @throws whatever went wrong; nothing of the stream was seen by then
   */
  async open(): Promise<void> {
    const { call } = this.#attempt;
    const wanted = Math.max(1, call.options.holdBackEvents ?? call.snapshot.config.holdBackEvents ?? 0);
    let contents = 0;
    while (contents < wanted && !this.#exhausted) {
      const part = await this.#read();
      if (part === undefined) break;
      this.#held.push(part);
      if (!part.content) continue;
      contents += 1;
      if (contents === 1) this.#firstContent();
    }
    if (contents === 0) this.#attempt.disarm();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<StreamPart>> {
    const held = this.#held[this.#next];
    if (held !== undefined) {
      this.#next += 1;
      return this.#give(held);
    }
    try {
      const part = this.#exhausted ? undefined : await this.#read();
      if (part !== undefined) return this.#give(part);
      this.#over();
      if (!this.#attempt.over) {
        this.#attempt.succeed(this.#usage);
        this.#end?.done();
      }
      return { done: true, value: undefined };
    } catch (thrown) {
      throw this.#failed(thrown);
    }
  }

  /** The reader leaves early: the vendor is stopped. */
  async return(): Promise<IteratorResult<StreamPart>> {
    this.#over();
    if (!this.#attempt.over) {
      this.#attempt.abort(this.#usage);
      this.#end?.left();
    }
    this.#close();
    return { done: true, value: undefined };
  }

  #give(part: StreamPart): IteratorResult<StreamPart> {
    this.#end?.part?.(part);
    return { done: false, value: part };
  }

  #failed(thrown: unknown): RouterError {
    this.#over();
    const error = this.#attempt.explain(thrown);
    if (this.#attempt.over) return error;
    const aborted = error.blame === "caller";
    this.#attempt.fail(error, this.#usage);
    if (aborted) this.#end?.left();
    else this.#end?.failed(error);
    return error;
  }

  /** The next part; `undefined` at a good end. @throws at a bad one */
  async #read(): Promise<StreamPart | undefined> {
    try {
      const result = await this.#pull();
      if (result.done === true) {
        this.#exhausted = true;
        if (this.complete) return undefined;
        throw this.#cutShort();
      }
      return this.#take(result.value);
    } catch (thrown) {
      this.#exhausted = true;
      this.#close();
      // What was said is whole; that the vendor does not hang up is no failure.
      if (this.complete && !this.#attempt.call.cancellation.cancelled) return undefined;
      throw thrown;
    }
  }

  /** The source's next word, or the reason to stop waiting for it. One listener serves all reads of a stream. */
  #pull(): Promise<IteratorResult<StreamPart>> {
    const { cancellation } = this.#attempt;
    if (!this.#listening) {
      this.#listening = true;
      cancellation.add(this.#onCancel);
    }
    return new Promise((resolve, reject) => {
      if (cancellation.cancelled) {
        // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- as it came
        reject(cancellation.reason);
        return;
      }
      this.#stopWaiting = reject;
      this.#source.next().then(resolve, reject);
    });
  }

  #take(part: StreamPart): StreamPart {
    this.#finished += part.finished;
    if (part.usage !== undefined) this.#usage = part.usage;
    if (part.done) {
      this.#done = true;
      this.#exhausted = true;
      this.#close();
    } else if (part.content && this.#contentAt !== 0) {
      this.#contentAt = this.#attempt.call.services.clock.now();
      if (this.#contentAt >= this.#extendAt) this.#extend();
    }
    if (this.complete && !this.#done) this.#attempt.arm(graceMs, "end");
    return part;
  }

  #firstContent(): void {
    const { call, timeouts } = this.#attempt;
    this.#contentAt = call.tick();
    this.#attempt.firstToken(this.#contentAt);
    if (this.complete) return;
    this.#attempt.arm(this.#attempt.left(timeouts.totalMs), "end");
    if (timeouts.idleMs !== undefined) this.#watchGaps(timeouts.idleMs, timeouts.idleMs);
  }

  /** One timer for all gaps: when it fires it looks how long the silence was, and sets itself again. */
  #watchGaps(idleMs: number, afterMs: number): void {
    const { clock } = this.#attempt.call.services;
    this.#watch = clock.setTimer(() => {
      const silentMs = clock.now() - this.#contentAt;
      if (silentMs < idleMs) this.#watchGaps(idleMs, idleMs - silentMs);
      else this.#attempt.cancellation.cancel(this.#attempt.timeoutError("further content", idleMs));
    }, afterMs);
  }

  #extend(): void {
    this.#extendAt = this.#contentAt + reservationTtlMs / 2;
    this.#attempt.reservation.extend(this.#contentAt);
  }

  #cutShort(): RouterError {
    const { provider, id } = this.#attempt.runtime.deployment;
    return createProviderError({
      kind: "stream_interrupted",
      provider,
      deploymentId: id,
      message: `The stream of ${provider} (${id}) ended before the answer was finished.`,
    });
  }

  #over(): void {
    if (this.#watch === undefined) return;
    this.#attempt.call.services.clock.clearTimer(this.#watch);
    this.#watch = undefined;
  }

  /** Lets go of the vendor's stream; it may be in the middle of a read, so nobody waits for it. */
  #close(): void {
    this.#exhausted = true;
    this.#attempt.cancellation.remove(this.#onCancel);
    this.#attempt.disarm();
    try {
      this.#source.return?.().catch(() => undefined);
    } catch {
      // A source that cannot even be closed has nothing more to say.
    }
  }
}
