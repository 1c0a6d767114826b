import type {
  LanguageModelV4FinishReason,
  LanguageModelV4StreamPart,
  LanguageModelV4Usage,
  SharedV4ProviderMetadata,
} from "@ai-sdk/provider";
import type { JsonObject, Trail } from "@modelyard/core";
import type { StreamPart } from "@modelyard/core/kit";
import type { StreamReader } from "@modelyard/wires";
import { StreamParts } from "../answer/stream-parts.js";
import type { ContentNames } from "../answer/content.js";
import { writeUsage } from "../answer/usage.js";
import { originalParts } from "../originals.js";
import { metadataOf, warningsOf } from "./call-facts.js";
import type { Carrier } from "../prompt/write-carrier.js";

export interface RoutedStream {
  readonly parts: AsyncIterable<StreamPart>;
  readonly trail: Trail;
  readonly reader: StreamReader;
  readonly names: ContentNames;
  readonly carrier: Carrier;
  readonly includeRawChunks: boolean;
  /** The error that the SDK sees. */
  readonly explain: (thrown: unknown) => unknown;
}

type Finish = Extract<LanguageModelV4StreamPart, { readonly type: "finish" }>;

/** A router's stream as a stream of the AI SDK. Cancelling it stops the vendor. */
export function routedStream(source: RoutedStream): ReadableStream<LanguageModelV4StreamPart> {
  const iterator = source.parts[Symbol.asyncIterator]();
  const translation = new Translation(source);
  return new ReadableStream<LanguageModelV4StreamPart>(
    {
      async pull(controller) {
        try {
          for (;;) {
            const step = await iterator.next();
            const written = step.done === true ? translation.end() : translation.write(step.value);
            for (const part of written) controller.enqueue(part);
            if (step.done === true) controller.close();
            if (step.done === true || written.length > 0) return;
          }
        } catch (thrown) {
          for (const part of translation.fail(source.explain(thrown))) controller.enqueue(part);
          controller.close();
        }
      },
      async cancel() {
        await iterator.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}

class Translation {
  readonly #source: RoutedStream;
  readonly #parts: StreamParts;
  /** Whether `stream-start` has been sent, which comes first. */
  #started = false;
  /** The end that a model of the AI SDK reported. */
  #finish: Finish | undefined;

  constructor(source: RoutedStream) {
    this.#source = source;
    this.#parts = new StreamParts(source.names);
  }

  write(part: StreamPart): readonly LanguageModelV4StreamPart[] {
    const own = originalParts.get(part);
    if (own === undefined) return this.#begun(part.chunks.flatMap((chunk) => this.#translate(chunk as JsonObject)));
    const kept = own.filter((one) => {
      if (one.type === "finish") this.#finish = one;
      return one.type !== "finish";
    });
    return this.#begun(kept);
  }

  /** The end of a complete answer, with what is only known now. */
  end(): readonly LanguageModelV4StreamPart[] {
    const { trail, reader } = this.#source;
    const last = this.#finish === undefined ? reader.end().flatMap((event) => this.#parts.write(event)) : [];
    const usage = this.#finish?.usage ?? writeUsage(this.#parts.usage, trail.usage);
    const reason = this.#finish?.finishReason ?? this.#parts.finish;
    return this.#begun([...last, this.#end(usage, reason, this.#finish?.providerMetadata)]);
  }

  fail(error: unknown): readonly LanguageModelV4StreamPart[] {
    const usage = writeUsage(this.#parts.usage, this.#source.trail.usage);
    return this.#begun([{ type: "error", error }, this.#end(usage, { unified: "error", raw: undefined })]);
  }

  #end(
    usage: LanguageModelV4Usage,
    finishReason: LanguageModelV4FinishReason,
    vendors?: SharedV4ProviderMetadata,
  ): Finish {
    return { type: "finish", usage, finishReason, providerMetadata: metadataOf(this.#source.trail, vendors) };
  }

  #translate(chunk: JsonObject): readonly LanguageModelV4StreamPart[] {
    const { reader, includeRawChunks } = this.#source;
    const raw = includeRawChunks ? [{ type: "raw" as const, rawValue: chunk }] : [];
    return [...raw, ...reader.read(chunk).flatMap((event) => this.#parts.write(event))];
  }

  #begun(parts: readonly LanguageModelV4StreamPart[]): readonly LanguageModelV4StreamPart[] {
    const [first] = parts;
    if (this.#started || first === undefined) return parts;
    this.#started = true;
    if (first.type === "stream-start") return parts;
    const { carrier, trail } = this.#source;
    return [{ type: "stream-start", warnings: warningsOf(carrier, trail) }, ...parts];
  }
}
