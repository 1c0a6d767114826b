import type { JsonObject, Usage } from "@modelyard/core";
import { isJsonObject, operations } from "@modelyard/core/kit";
import { dataLine, DeltaTemplate, type ScannedFacts as Facts, SseScanner } from "@modelyard/provider-kit";

const { reads } = operations.responses;

/** The events that end a response. Source: https://platform.openai.com/docs/api-reference/responses-streaming. */
const endings: ReadonlySet<unknown> = new Set([
  "response.completed",
  "response.incomplete",
  "response.failed",
  "response.cancelled",
]);

/** Reasons that end a response in the ordinary way. Others may mean a failure, so earlier events become a part before them. */
const ordinary: ReadonlySet<string> = new Set(["completed", "max_output_tokens"]);
/** The reasons of most parts, created once. */
const completed: readonly string[] = Object.freeze(["completed"]);

/** Reads the event streams of responses. The event that ends the response is the end mark, too. */
export class ResponsesScanner extends SseScanner {
  readonly #template = new DeltaTemplate("\n\n");

  protected step(text: string, at: number, facts: Facts): number {
    const next = this.#template.step(text, at);
    if (next !== -1) facts.content += this.#template.length;
    return next;
  }

  protected learn(event: string, { type, delta }: JsonObject): void {
    if (typeof type === "string" && type.endsWith(".delta") && typeof delta === "string")
      this.#template.learn(event, delta);
  }

  protected note(value: JsonObject, data: string, at: number, facts: Facts): void {
    const { type } = value;
    if (type === "error" || value["error"] != null) throw this.options.toError(data);
    if (endings.has(type)) this.#end(value, at, facts);
    else facts.content += reads.contentLength(value);
  }

  #end(value: JsonObject, at: number, facts: Facts): void {
    const response = isJsonObject(value["response"]) ? value["response"] : {};
    const { error } = response;
    if (value["type"] === "response.failed" || error != null) throw this.options.toError(failureIn(error));
    const reason = reads.finishReason(response) ?? String(value["type"]).slice("response.".length);
    if (at > 0 && !ordinary.has(reason)) {
      facts.deferred = true;
      facts.end = at;
      return;
    }
    facts.usage = reads.usage(response) as Usage | undefined;
    facts.reasons = reason === "completed" ? completed : [reason];
    facts.finished += 1;
    facts.done = true;
  }

  protected hides(): boolean {
    return false;
  }

  protected override isEndMark(event: string): boolean {
    return super.isEndMark(event) || isEnding(dataLine(event));
  }
}

/** The body of a failure, from the error of a response. */
function failureIn(error: unknown): string {
  return JSON.stringify({ error: error ?? { code: "server_error" } });
}

function isEnding(data: string | undefined): boolean {
  try {
    const value: unknown = JSON.parse(data ?? "");
    return isJsonObject(value) && endings.has(value["type"]);
  } catch {
    return false;
  }
}
