import { type JsonObject, RouterError, type Usage } from "@modelyard/core";
import {
  type ContinuationWay,
  createError,
  type Outcome,
  type StreamContinuation,
  type StreamJoiner,
  type StreamPart,
  sumUsage,
} from "@modelyard/core/kit";
import type { Call } from "../call/call.js";
import { internalError } from "../call/internal-error.js";
import { OverlapCutter } from "./overlap.js";
import { EndReport, type StreamEnd } from "./end-report.js";
import { StreamSession } from "./stream-session.js";
import { takeRetry } from "../call/take-retry.js";

/** How a broken stream of this request may be continued, in the order to try. Empty if it must not be continued. */
export function continuationWays(call: Call): readonly ContinuationWay[] {
  const wish = call.options.midStreamFallback ?? call.snapshot.config.midStreamFallback;
  if (wish === "error") return noWays;
  if (wish === "continue") return byPrefix;
  if (wish.continue === false) return noWays;
  return wish.instruct === true ? byPrefixOrInWords : byPrefix;
}

const noWays: readonly ContinuationWay[] = [];
const byPrefix: readonly ContinuationWay[] = ["prefix"];
const byPrefixOrInWords: readonly ContinuationWay[] = ["prefix", "instruct"];

/** Limit for the text that is kept in memory in order to continue it, in characters. No model writes that much. */
const longestText = 8 * 1024 * 1024;

/** How a broken stream may be continued. */
export interface Continuing {
  readonly how: StreamContinuation;
  /** In the order to try. */
  readonly ways: readonly ContinuationWay[];
}

export interface ContinuedStreamInput extends Continuing {
  readonly session: StreamSession;
  /** Gets the rest of the answer, according to the state of the call. */
  readonly again: () => Promise<Outcome>;
}

/**
 * A stream that another deployment continues if it breaks. That deployment gets the text so far, and text that it
 * repeats is removed. The caller sees a single answer with the first one's id, and the usage of both is added up.
 */
export class ContinuedStream implements AsyncIterable<StreamPart>, AsyncIterator<StreamPart> {
  readonly #call: Call;
  readonly #again: () => Promise<Outcome>;
  readonly #report = new EndReport();
  readonly #ways: readonly ContinuationWay[];
  readonly #how: StreamContinuation;
  readonly #joiner: StreamJoiner;
  #session: StreamSession;
  /** The text that the caller has received. */
  #text = "";
  #plain = true;
  /** The usage of the streams that broke. */
  #used: Usage | undefined;
  /** Whether another deployment continues the answer. */
  #continues = false;
  #left = false;

  constructor(call: Call, { session, how, ways, again }: ContinuedStreamInput) {
    this.#call = call;
    this.#how = how;
    this.#joiner = how.joiner();
    this.#ways = ways;
    this.#again = again;
    this.#session = session;
    this.#adopt(session);
  }

  /** Receives the end of the stream. Set once, before the first read. */
  set end(end: StreamEnd) {
    this.#report.to = end;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<StreamPart>> {
    while (!this.#left) {
      try {
        const result = await this.#session.next();
        if (result.done === true) return result;
        const shown = this.#pass(result.value);
        if (shown.chunks.length > 0 || shown.done) return { done: false, value: shown };
      } catch (thrown) {
        const error = thrown as RouterError;
        if (!(await this.#continue(error))) throw this.#broken(error);
      }
    }
    return { done: true, value: undefined };
  }

  /** Ends the stream early, perhaps while a deployment to continue it is being selected. */
  async return(): Promise<IteratorResult<StreamPart>> {
    this.#left = true;
    const result = await this.#session.return();
    if (!this.#report.made) {
      const error = createError({ kind: "aborted", message: "The reader left the stream." });
      this.#call.cancellation.cancel(error);
      this.#report.failed(error);
    }
    return result;
  }

  #adopt(session: StreamSession): void {
    this.#session = session;
    session.end = {
      done: () => {
        this.#report.done();
      },
      // A failure is handled where `next` catches it. If the whole call is canceled, it is reported here, because the
      // stream may never be read again.
      failed: (error) => {
        if (this.#call.cancellation.cancelled) this.#report.failed(error);
      },
      left: (error) => {
        this.#report.failed(error);
      },
    };
  }

  /** The error for the caller: the one that broke the stream, unless the whole call was aborted meanwhile. */
  #broken(error: RouterError): RouterError {
    const { cancellation } = this.#call;
    const reason = cancellation.cancelled && RouterError.isInstance(cancellation.reason) ? cancellation.reason : error;
    reason.usage = this.#used ?? error.usage;
    this.#report.failed(reason);
    return reason;
  }

  #pass(part: StreamPart): StreamPart {
    const shown = this.#continues ? this.#adapt(part) : part;
    if (!this.#continues) for (const event of part.chunks) this.#keep(event);
    this.#report.part(shown);
    return shown;
  }

  /** Keeps the text that the caller receives, as long as the answer can still be continued. */
  #keep(event: JsonObject): void {
    const text = this.#joiner.sent(event);
    if (!this.#plain) return;
    this.#text += text ?? "";
    if (text !== undefined && this.#text.length <= longestText) return;
    this.#plain = false;
    this.#text = "";
  }

  /** A part of the continuation, as the rest of the first answer and without repeated text. */
  #adapt(part: StreamPart): StreamPart {
    const shown: JsonObject[] = [];
    for (const event of part.chunks)
      for (const joined of this.#joiner.join(event)) {
        this.#keep(joined);
        shown.push(joined);
      }
    return {
      chunks: shown as unknown as StreamPart["chunks"],
      bytes: undefined,
      content: part.content && shown.length > 0,
      finished: part.finished,
      done: part.done,
      usage: part.usage === undefined ? undefined : sumUsage(this.#used, part.usage),
    };
  }

  /**
   * Tries to continue the stream.
   * @returns whether another deployment continues it, or the reader has stopped reading
   */
  async #continue(error: RouterError): Promise<boolean> {
    const call = this.#call;
    const { group, runtime } = this.#session.attempt;
    this.#used = sumUsage(this.#used, error.usage);
    if (error.blame === "caller" || call.cancellation.cancelled) return false;
    if (!this.#plain || !this.#joiner.continuable || this.#text.trim() === "" || !call.attemptsLeft) return false;
    if (call.isReleased) await call.restore();
    if (this.#mustStop()) return this.#left;
    if (!this.#how.isPlain({ ...runtime.defaults, ...call.request })) return false;
    call.tick();
    if (!takeRetry(call, group, runtime, error)) return false;
    call.broken = [...call.broken, runtime];
    for (const way of this.#ways) {
      // Some vendors refuse a beginning that ends in white space. Without it, all of them write the white space
      // themselves.
      const text = way === "prefix" ? this.#text.trimEnd() : this.#text;
      call.continueFrom({ error, text, usedTokens: this.#used?.completion_tokens ?? 0, way });
      if (await this.#continued(text.length)) return true;
      if (this.#mustStop()) return this.#left;
    }
    // No deployment can continue the stream, so the caller gets the error that broke it.
    return false;
  }

  #mustStop(): boolean {
    return this.#left || this.#call.cancellation.cancelled || !this.#call.attemptsLeft;
  }

  /**
   * Asks for a continuation.
   * @param sent - how many characters of the text the deployment gets
   * @returns whether a deployment continues the stream
   */
  async #continued(sent: number): Promise<boolean> {
    try {
      const outcome = await this.#again();
      if (outcome.kind !== "stream" || !(outcome.parts instanceof StreamSession)) return false;
      this.#continues = true;
      this.#joiner.begin(new OverlapCutter(this.#text, sent), this.#used);
      this.#adopt(outcome.parts);
      if (this.#left) await outcome.parts.return();
      return true;
    } catch (thrown) {
      if (!RouterError.isInstance(thrown)) internalError(this.#call, thrown);
      return false;
    }
  }
}

/** Whether a stream comes from a vendor, so that its end can be observed. */
export function isLive(parts: AsyncIterable<StreamPart>): parts is StreamSession | ContinuedStream {
  return parts instanceof StreamSession || parts instanceof ContinuedStream;
}
