import type { ChatCompletionChunk, JsonObject, Outcome, RouterError, StreamPart, Usage } from "@modelyard/core";
import type { Call } from "../request/call.js";
import { type StreamEnd, StreamSession } from "./stream-session.js";

/** Whether an answer of this request may be carried on by somebody else: plain text of one choice. */
export function mayContinue(call: Call): boolean {
  if ((call.options.midStreamFallback ?? call.snapshot.config.midStreamFallback) !== "continue") return false;
  const { n, tools, response_format: format } = call.original;
  const plain = format == null || (format as JsonObject)["type"] === "text";
  const single = typeof n !== "number" || n <= 1;
  return call.operation === "chat" && plain && single && !(Array.isArray(tools) && tools.length > 0);
}

function sum(first: Usage | undefined, second: Usage | undefined): Usage | undefined {
  if (first === undefined || second === undefined) return first ?? second;
  return {
    prompt_tokens: first.prompt_tokens + second.prompt_tokens,
    completion_tokens: first.completion_tokens + second.completion_tokens,
    total_tokens: first.total_tokens + second.total_tokens,
  };
}

/**
 * A stream that another deployment carries on when it breaks: it is asked to continue from what was said. The caller
 * sees one answer under the first one's id; what both used is added up.
 */
export class ContinuedStream implements AsyncIterable<StreamPart>, AsyncIterator<StreamPart> {
  readonly #call: Call;
  readonly #again: () => Promise<Outcome>;
  readonly #end: StreamEnd;
  #session: StreamSession;
  #text = "";
  #plain = true;
  #head: Pick<ChatCompletionChunk, "id" | "model" | "created"> | undefined;
  #used: Usage | undefined;
  #continued = false;

  constructor(call: Call, session: StreamSession, end: StreamEnd, again: () => Promise<Outcome>) {
    this.#call = call;
    this.#again = again;
    this.#end = end;
    this.#session = session;
    this.#adopt(session);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<StreamPart>> {
    for (;;) {
      try {
        const result = await this.#session.next();
        return result.done === true ? result : { done: false, value: this.#pass(result.value) };
      } catch (thrown) {
        const error = thrown as RouterError;
        if (!(await this.#carryOn(error))) {
          this.#end.failed(error);
          throw error;
        }
      }
    }
  }

  return(): Promise<IteratorResult<StreamPart>> {
    return this.#session.return();
  }

  #adopt(session: StreamSession): void {
    this.#session = session;
    session.end = {
      done: () => {
        this.#call.trail.usage = sum(this.#used, session.usage);
        this.#end.done();
      },
      // What a failure means is decided where it is caught.
      failed: () => undefined,
      left: () => {
        this.#end.left();
      },
    };
  }

  #pass(part: StreamPart): StreamPart {
    const chunks = part.chunks as unknown as readonly ChatCompletionChunk[];
    for (const chunk of chunks) {
      this.#head ??= { id: chunk.id, model: chunk.model, created: chunk.created };
      const delta = chunk.choices[0]?.delta;
      this.#text += delta?.content ?? "";
      if (delta?.tool_calls !== undefined || delta?.refusal != null) this.#plain = false;
    }
    const shown = this.#continued ? this.#under(part, chunks) : part;
    this.#end.part?.(shown);
    return shown;
  }

  /** The same part under the first answer's name; the role was said before. */
  #under(part: StreamPart, chunks: readonly ChatCompletionChunk[]): StreamPart {
    const renamed = chunks.map((chunk): ChatCompletionChunk => {
      const usage = chunk.usage == null ? {} : { usage: sum(this.#used, chunk.usage) ?? chunk.usage };
      const choices = chunk.choices.map((choice) => {
        const { role: _role, ...delta } = choice.delta;
        return { ...choice, delta };
      });
      return { ...chunk, ...this.#head, ...usage, choices };
    });
    return {
      chunks: renamed,
      bytes: undefined,
      content: part.content,
      finished: part.finished,
      done: part.done,
      usage: part.usage === undefined ? undefined : sum(this.#used, part.usage),
    };
  }

  /** @returns whether somebody else goes on */
  async #carryOn(error: RouterError): Promise<boolean> {
    const call = this.#call;
    if (!this.#plain || this.#text.trim() === "" || error.blame === "caller" || call.cancellation.cancelled)
      return false;
    this.#used = sum(this.#used, this.#session.usage);
    const { messages } = call.unbroken;
    call.continueFrom(this.#session.attempt.runtime, [
      ...(messages as readonly unknown[]),
      { role: "assistant", content: this.#text },
    ]);
    try {
      const outcome = await this.#again();
      if (outcome.kind !== "stream" || !(outcome.parts instanceof StreamSession)) return false;
      this.#continued = true;
      this.#adopt(outcome.parts);
      return true;
    } catch {
      // Nobody can: the caller gets the failure that broke the stream.
      return false;
    }
  }
}
