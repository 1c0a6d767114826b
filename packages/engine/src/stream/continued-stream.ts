import { type ChatCompletionChunk, type JsonObject, RouterError, type Usage } from "@modelyard/core";
import {
  type ChatChunkChoice,
  type ContinuationWay,
  createError,
  type Outcome,
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
  if (wish === "error" || !call.row.continues) return noWays;
  if (wish === "continue") return byPrefix;
  if (wish.continue === false) return noWays;
  return wish.instruct === true ? byPrefixOrInWords : byPrefix;
}

const noWays: readonly ContinuationWay[] = [];
const byPrefix: readonly ContinuationWay[] = ["prefix"];
const byPrefixOrInWords: readonly ContinuationWay[] = ["prefix", "instruct"];

/** Whether a request asks for plain text with one choice. Only that can be continued by another deployment. */
function isPlain(request: JsonObject): boolean {
  const { n, tools, functions, modalities, response_format: format } = request;
  const filled = (list: unknown): boolean => Array.isArray(list) && list.length > 0;
  const text = format == null || (format as JsonObject)["type"] === "text";
  const audio = Array.isArray(modalities) && modalities.includes("audio");
  return text && !audio && (typeof n !== "number" || n <= 1) && !filled(tools) && !filled(functions);
}

/** Limit for the text that is kept in memory in order to continue it, in characters. No model writes that much. */
const longestText = 8 * 1024 * 1024;

export interface ContinuedStreamInput {
  readonly session: StreamSession;
  readonly ways: readonly ContinuationWay[];
  /** Gets the rest of the answer, according to the state of the call. */
  readonly again: () => Promise<Outcome>;
}

type Head = Pick<ChatCompletionChunk, "id" | "model" | "created">;

/**
 * A stream that another deployment continues if it breaks. That deployment gets the text so far, and text that it
 * repeats is removed. The caller sees a single answer with the first one's id, and the usage of both is added up.
 */
export class ContinuedStream implements AsyncIterable<StreamPart>, AsyncIterator<StreamPart> {
  readonly #call: Call;
  readonly #again: () => Promise<Outcome>;
  readonly #report = new EndReport();
  readonly #ways: readonly ContinuationWay[];
  #session: StreamSession;
  /** The text that the caller has received. */
  #text = "";
  #plain = true;
  #head: Head | undefined;
  /** The usage of the streams that broke. */
  #used: Usage | undefined;
  /** Removes repeated text from the continuation. `undefined` until a stream has broken. */
  #cutter: OverlapCutter | undefined;
  #left = false;

  constructor(call: Call, { session, ways, again }: ContinuedStreamInput) {
    this.#call = call;
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
    const chunks = part.chunks as unknown as readonly ChatCompletionChunk[];
    const shown = this.#cutter === undefined ? part : this.#adapt(part, chunks, this.#cutter);
    for (const chunk of shown.chunks as unknown as readonly ChatCompletionChunk[]) {
      this.#head ??= { id: chunk.id, model: chunk.model, created: chunk.created };
      const delta = chunk.choices[0]?.delta;
      this.#keep(delta);
    }
    this.#report.part(shown);
    return shown;
  }

  /** Keeps the text of an answer, as long as it can still be continued. */
  #keep(delta: ChatChunkChoice["delta"] | undefined): void {
    if (delta === undefined || !this.#plain) return;
    this.#text += delta.content ?? "";
    if (onlyText(delta) && this.#text.length <= longestText) return;
    this.#plain = false;
    this.#text = "";
  }

  /** A part of the continuation, with the id of the first answer and without repeated text. */
  #adapt(part: StreamPart, chunks: readonly ChatCompletionChunk[], cutter: OverlapCutter): StreamPart {
    const shown: ChatCompletionChunk[] = [];
    for (const chunk of chunks) {
      const choices = chunk.choices.map((choice) => fresh(choice, cutter));
      const usage = chunk.usage == null ? undefined : sumUsage(this.#used, chunk.usage);
      const silent = choices.every(
        ({ delta, finish_reason: reason }) => reason == null && Object.keys(delta).length === 0,
      );
      if (chunk.choices.length > 0 && silent && usage === undefined) continue;
      shown.push({ ...chunk, ...this.#head, ...(usage === undefined ? {} : { usage }), choices });
    }
    return {
      chunks: shown,
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
    if (!this.#plain || this.#text.trim() === "" || !call.attemptsLeft) return false;
    if (call.isReleased) await call.restore();
    if (this.#mustStop()) return this.#left;
    if (!isPlain({ ...runtime.defaults, ...call.request })) return false;
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
      this.#cutter = new OverlapCutter(this.#text, sent);
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

/** Whether a delta contains nothing but text, or reasoning that precedes it. */
function onlyText(delta: ChatChunkChoice["delta"]): boolean {
  const calls = delta.tool_calls as readonly unknown[] | null | undefined;
  return (
    (calls ?? []).length === 0 && delta.refusal == null && delta["function_call"] == null && delta["audio"] == null
  );
}

/** Removes what the caller has received already: the role, the reasoning before the text, and repeated text. */
function fresh(choice: ChatChunkChoice, cutter: OverlapCutter): ChatChunkChoice {
  const { role: _role, content, reasoning_content: _thoughts, reasoning: _alsoThoughts, ...rest } = choice.delta;
  let text = cutter.push(content ?? "");
  if (choice.finish_reason != null || Object.keys(rest).length > 0) text += cutter.flush();
  return { ...choice, delta: text === "" ? rest : { ...rest, content: text } };
}
