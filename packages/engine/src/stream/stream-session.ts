import type { RouterError, Usage } from "@modelyard/core";
import { createError, type StreamPart } from "@modelyard/core/kit";
import type { Attempt } from "../attempt/attempt.js";
import { explain } from "../attempt/attempt-errors.js";
import { noteAnswerId } from "../attempt/session-report.js";
import { EndReport, type StreamEnd } from "./end-report.js";
import { UnreadStreamTimer } from "./unread-stream-timer.js";
import { IdleTimer } from "./idle-timer.js";
import { awaitEnd, checkReasons, cutShort, noteSilentEnd, saysNothing } from "./stream-ending.js";
import { eventsWithContent, StreamTally } from "./stream-tally.js";

/** Limit for the bytes that a stream may send before its first content. */
const mostHeld = 16 * 1024 * 1024;
/** The assumed size of a part whose bytes are unknown. */
const partBytes = 1_024;

/**
 * `opening`: the stream is being read up to its first content. `unread`: the reader is not waiting for a part.
 * `reading`: the reader is waiting for a part. `left`: the reader has ended the stream.
 */
type SessionState = "opening" | "unread" | "reading" | "left";

/**
 * A vendor's stream from its first event to its last. It waits for content, watches the gaps, and checks whether the
 * end is a proper one. Parts are passed on unchanged.
 */
export class StreamSession implements AsyncIterable<StreamPart>, AsyncIterator<StreamPart> {
  readonly #attempt: Attempt;
  readonly #source: AsyncIterator<StreamPart>;
  readonly #held: StreamPart[] = [];
  readonly #tally: StreamTally;
  #state: SessionState = "opening";
  /** Whether the source has ended or was closed. */
  #exhausted = false;
  #idle: IdleTimer | undefined = undefined;
  readonly #unreadTimer: UnreadStreamTimer;
  readonly #report = new EndReport();
  #stopWaiting: ((reason: unknown) => void) | undefined = undefined;
  /** Whether the total time limit was exceeded while the reader was not waiting, which is not the vendor's fault. */
  #ranOutUnread = false;
  /** The error that ended the stream while the reader was not waiting. The next read throws it. */
  #lost: RouterError | undefined = undefined;
  readonly #onCancel = (reason: unknown): void => {
    this.#stopWaiting?.(reason);
    if (this.#state === "unread") this.#lose(reason);
  };

  constructor(attempt: Attempt, parts: AsyncIterable<StreamPart>) {
    this.#attempt = attempt;
    this.#source = parts[Symbol.asyncIterator]();
    this.#tally = new StreamTally(attempt);
    this.#unreadTimer = new UnreadStreamTimer(attempt, (error) => {
      this.#giveUp(error);
    });
  }

  get attempt(): Attempt {
    return this.#attempt;
  }

  /** Whether the vendor has marked the answer as complete. */
  get complete(): boolean {
    return this.#tally.complete;
  }

  /** The usage so far, reported or estimated, or `undefined` before the first content. */
  get spent(): Usage | undefined {
    return this.#tally.spent;
  }

  /** The parts that were read but not passed on yet. */
  get opening(): readonly StreamPart[] {
    return this.#held;
  }

  /** Receives the end of the stream. Set once, before the first read. */
  set end(end: StreamEnd) {
    this.#report.to = end;
  }

  /**
   * Reads up to the first content, or up to the number of events with content to hold back, but at most 16 MB.
   * @throws any failure. The reader has not received anything at that point.
   */
  async open(): Promise<void> {
    const { call, cancellation } = this.#attempt;
    cancellation.add(this.#onCancel);
    const wanted = Math.max(1, call.options.holdBackEvents ?? call.snapshot.config.holdBackEvents);
    let contents = 0;
    let size = 0;
    while (contents < wanted && !this.#exhausted && size <= mostHeld) {
      const part = await this.#read();
      if (part === undefined) break;
      this.#held.push(part);
      size += part.bytes?.length ?? partBytes;
      if (!part.content) continue;
      if (contents === 0) {
        const now = call.tick();
        this.#attempt.firstToken(now);
        if (!this.complete) this.#watch(now);
      }
      contents += wanted === 1 ? 1 : eventsWithContent(part, this.#attempt.call.row);
    }
    this.#state = "unread";
    if (this.#attempt.session !== undefined)
      noteAnswerId(
        this.#attempt,
        this.#held.flatMap(({ chunks }) => chunks),
      );
    if (contents === 0) {
      this.#attempt.disarm();
      // Without content or a finish reason, an end mark alone does not make an answer.
      if (this.#tally.finished === 0 || saysNothing(this.#held, call.row)) {
        this.#close();
        throw cutShort(this.#attempt);
      }
    }
    // Otherwise, the timer of the total limit, or of the wait for the end, is running.
    if (this.#exhausted || (!this.complete && this.#attempt.timeouts.totalMs === undefined)) this.#unreadTimer.start();
    this.#unreadTimer.offer();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<StreamPart>> {
    this.#unreadTimer.stop();
    if (this.#state === "left") return { done: true, value: undefined };
    const held = this.#held.shift();
    if (held !== undefined) return this.#give(held);
    if (this.#lost !== undefined) throw this.#lost;
    try {
      this.#state = "reading";
      const part = this.#exhausted ? undefined : await this.#read();
      if (!this.#hasLeft) this.#state = "unread";
      if (part !== undefined) return this.#give(part);
      this.#over();
      this.#succeed();
      this.#report.done();
      return { done: true, value: undefined };
    } catch (thrown) {
      if (this.#hasLeft) return { done: true, value: undefined };
      throw this.#failed(thrown);
    }
  }

  /** Ends the stream early, perhaps during a read, and closes the vendor's stream. */
  async return(): Promise<IteratorResult<StreamPart>> {
    this.#state = "left";
    this.#over();
    this.#unreadTimer.stop();
    if (!this.#report.made) {
      const error = createError({ kind: "aborted", message: "The reader left the stream." });
      const running = !this.#attempt.over;
      this.#attempt.abort(this.spent);
      this.#report.failed(error);
      // Ends a read in progress.
      if (running) this.#attempt.cancellation.cancel(error);
    }
    this.#close();
    return { done: true, value: undefined };
  }

  /**
   * Whether the reader has ended the stream. A getter, because the compiler assumes that a wait does not change the
   * state.
   */
  get #hasLeft(): boolean {
    return this.#state === "left";
  }

  #give(part: StreamPart): IteratorResult<StreamPart> {
    this.#report.part(part);
    return { done: false, value: part };
  }

  #failed(thrown: unknown): RouterError {
    this.#over();
    const error = explain(this.#attempt, thrown);
    if (this.#attempt.over) return error;
    this.#unreadTimer.stop();
    const usage = this.spent;
    error.usage = usage;
    if (this.#ranOutUnread) this.#attempt.abort(usage);
    else this.#attempt.fail(error, usage);
    this.#report.failed(error);
    return error;
  }

  #succeed(): void {
    if (this.#attempt.over) return;
    this.#attempt.outputTokens = this.spent?.completion_tokens ?? 0;
    this.#attempt.succeed(this.#tally.usage);
  }

  /**
   * Handles a cancellation while the reader is not waiting. Resources are released now, since there may be no next
   * read.
   */
  #lose(reason: unknown): void {
    this.#close();
    // The answer is complete, so the next read ends normally.
    if (this.complete && !this.#attempt.call.cancellation.cancelled) {
      this.#succeed();
      this.#unreadTimer.start();
      return;
    }
    this.#ranOutUnread = true;
    this.#lost = this.#failed(reason);
  }

  /** Gives up on a stream that was never read. Resources are released, and a later read throws the error. */
  #giveUp(error: RouterError): void {
    this.#lost = error;
    this.#held.length = 0;
    this.#close();
    if (this.complete) this.#succeed();
    this.#attempt.abort(this.spent);
    this.#report.failed(error);
    this.#attempt.cancellation.cancel(error);
  }

  /** The next part, or `undefined` at a proper end. @throws if the stream breaks */
  async #read(): Promise<StreamPart | undefined> {
    try {
      const result = await this.#pull();
      if (result.done === true) {
        this.#exhausted = true;
        if (this.complete) return undefined;
        throw cutShort(this.#attempt);
      }
      return this.#take(result.value);
    } catch (thrown) {
      this.#exhausted = true;
      this.#close();
      // The answer is complete, so a connection that stays open is not a failure.
      if (this.complete && !this.#hasLeft && !this.#attempt.call.cancellation.cancelled) {
        noteSilentEnd(this.#attempt, this.#tally);
        return undefined;
      }
      throw thrown;
    }
  }

  /** Waits for the next part of the source, or for a cancellation. One listener serves all reads of a stream. */
  #pull(): Promise<IteratorResult<StreamPart>> {
    const { cancellation } = this.#attempt;
    this.#idle?.resume(this.#attempt.call.services.clock.now());
    return new Promise((resolve, reject) => {
      if (cancellation.cancelled) {
        this.#ranOutUnread = true;
        // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- the reason is passed on unchanged
        reject(cancellation.reason);
        return;
      }
      this.#stopWaiting = reject;
      this.#source.next().then(resolve, reject);
    });
  }

  #take(part: StreamPart): StreamPart {
    const before = this.complete;
    if (part.finished > 0) checkReasons(this.#attempt, this.#tally, part);
    this.#tally.add(part);
    if (part.droppedParams !== undefined) this.#attempt.call.trail.drop(part.droppedParams);
    if (part.done) {
      this.#close();
      return part;
    }
    this.#idle?.pause(this.#attempt.call.services.clock.now(), part.content);
    // After the finish reason, only content and usage restart the wait for the end; comments do not prolong it.
    const after = this.complete;
    if (after && (!before || part.content || part.usage !== undefined)) awaitEnd(this.#attempt, this.#tally);
    else if (before && !after) {
      // Content after the finish reason shows that it was not the end, so the limits of a running stream apply again.
      this.#attempt.disarm();
      this.#watch(this.#attempt.call.tick());
    }
    return part;
  }

  /** Starts the time limits of a running stream: for the whole, for gaps, and for a reader that does not read. */
  #watch(now: number): void {
    const { call, timeouts } = this.#attempt;
    // The timer for the first content is reused for the wait for the reader.
    if (timeouts.totalMs === undefined) this.#unreadTimer.start();
    else this.#attempt.arm(this.#attempt.left(timeouts.totalMs), "end", "totalMs");
    if (this.#idle !== undefined) return;
    const { idleMs = Number.POSITIVE_INFINITY } = timeouts;
    this.#idle = new IdleTimer(call.services.clock, idleMs, () => {
      this.#attempt.timeOut("further content", "idleMs", idleMs);
    });
    this.#idle.start(now);
  }

  #over(): void {
    this.#idle?.stop();
    this.#idle = undefined;
  }

  /** Closes the vendor's stream without waiting for that, since a read may be in progress. */
  #close(): void {
    this.#exhausted = true;
    this.#over();
    this.#attempt.cancellation.remove(this.#onCancel);
    if (this.#state !== "opening") this.#attempt.disarm();
    try {
      this.#source.return?.().catch(() => undefined);
    } catch {
      // There is nothing else to do with a source that cannot be closed.
    }
  }
}
