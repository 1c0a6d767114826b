import { openSync } from "node:fs";
import { type Callback, defineCallback, type EventOf, type OperationName } from "@modelyard/core";
import { invalidOption } from "@modelyard/core/kit";
import pino from "pino";

/** What is not written yet may take this many bytes. What exceeds it is lost, and reported. */
const mostBufferedBytes = 8 * 1024 * 1024;

/** The operations that the simulator models: a prompt, and an answer of many tokens. */
const generating: ReadonlySet<OperationName> = new Set<OperationName>([
  "chat",
  "text_completion",
  "messages",
  "responses",
]);
/** The names of the same limit in the callers' APIs. */
const limitNames = ["max_completion_tokens", "max_tokens", "max_output_tokens"] as const;

/** What is known of a request before it ends. */
interface Begun {
  readonly maxTokens: number | undefined;
  inputTokens: number;
}

type Ended = EventOf<"request_failed" | "request_succeeded">;

function limitOf(request: EventOf<"request_started">["request"]): number | undefined {
  for (const name of limitNames) {
    const limit = request[name];
    if (typeof limit === "number" && Number.isInteger(limit) && limit >= 0) return limit;
  }
  return undefined;
}

/** One request, without its prompt and answer. */
function lineOf({ at, durationMs, requestedModel, stream, trail }: Ended, begun: Begun): string {
  const row = {
    at_ms: Math.round(at - durationMs),
    model: requestedModel,
    // A request that failed used nothing, but a router must place it all the same.
    input_tokens: trail.usage?.prompt_tokens ?? begun.inputTokens,
    output_tokens: trail.usage?.completion_tokens ?? 0,
    ...(begun.maxTokens === undefined ? {} : { max_tokens: begun.maxTokens }),
    stream,
  };
  return `${JSON.stringify(row)}\n`;
}

/**
 * Appends one line of JSON to a file for each request, as `modelyard simulate --workload` reads it: when it arrived, its
 * model, and how many tokens it had. Prompts, answers, keys and callers are not written. Answers from the response cache
 * are left out, because no deployment saw them.
 * @throws `invalid_option` if the file cannot be opened
 */
export function recording(file: string): Callback {
  const out = pino.destination({ dest: opened(file), sync: false, maxLength: mostBufferedBytes });
  const begun = new Map<string, Begun>();
  return defineCallback({
    name: "record",
    events: ["request_started", "attempt_started", "request_succeeded", "request_failed"],
    start: (report) => {
      out.on("error", report);
      out.on("drop", () => {
        report(new Error(`${file} is written too slowly, so a request was not recorded.`));
      });
    },
    on: (event) => {
      const { callId } = event;
      if (event.type === "request_started") {
        if (generating.has(event.operation)) begun.set(callId, { maxTokens: limitOf(event.request), inputTokens: 0 });
        return;
      }
      const known = begun.get(callId);
      if (known === undefined) return;
      if (event.type === "attempt_started") {
        known.inputTokens = event.inputTokens;
        return;
      }
      begun.delete(callId);
      const { cache } = event.trail;
      if (cache !== "hit" && cache !== "shared") out.write(lineOf(event, known));
    },
    flush: () =>
      new Promise((resolve, reject) => {
        out.flush((error) => {
          if (error instanceof Error) reject(error);
          else resolve();
        });
      }),
    close: async () => {
      await new Promise<void>((resolve) => {
        out.once("close", resolve);
        out.end();
      });
    },
  });
}

function opened(file: string): number {
  try {
    // Only the user of this process may read it: it shows which models are used, and how much.
    return openSync(file, "a", 0o600);
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw invalidOption("--record", `${file} cannot be written: ${problem}`, "Name a file in a folder that exists.");
  }
}
