import { RouterError } from "@modelyard/core";
import type { Bytes, StreamPart, StreamWriter } from "@modelyard/core/kit";
import { expect, it } from "vitest";
import {
  joined,
  mediaType,
  operationOf,
  partsOf,
  read,
  type ReadStream,
  secret,
  type SurfaceExample,
  textOf,
  trail,
} from "./samples.js";
import type { SurfaceSetup } from "./setup.js";

/** The pieces of a stream for all its parts, without its end. */
function written(writer: StreamWriter, parts: readonly StreamPart[]): (Bytes | undefined)[] {
  return parts.map((part) => {
    const piece = writer.part(part);
    expect(piece === undefined || typeof piece === "string" || piece instanceof Uint8Array).toBe(true);
    return piece;
  });
}

export function describeStreams({ create, examples }: SurfaceSetup): void {
  const streamed = examples.flatMap(({ readStream, ...example }) =>
    readStream === undefined ? [] : [{ example, readStream, name: example.name }],
  );
  const begin = async (example: SurfaceExample): Promise<[StreamWriter, StreamWriter]> => {
    const surface = create();
    const { context } = await read(surface, example);
    return [surface.events(trail, context), surface.events(trail, context)];
  };
  const partsFor = (example: SurfaceExample, answer: readonly string[], withBytes = false): readonly StreamPart[] =>
    partsOf(operationOf(create(), example), answer, withBytes);
  const texts = ["Grü", "ße ", "✓"];
  const complete: ReadStream = { text: "Grüße ✓", whole: true, error: undefined };
  const cases = it.each(streamed);

  cases("streams an answer to $name to its end, with and without the vendor's bytes", async (one) => {
    for (const withBytes of [false, true]) {
      const [writer] = await begin(one.example);
      expect(writer.contentType).toMatch(mediaType);
      const parts = partsFor(one.example, texts, withBytes);
      const pieces = written(writer, parts.slice(0, -1));
      expect(one.readStream(joined(pieces)).whole).toBe(false);
      pieces.push(...written(writer, parts.slice(-1)));
      // One end mark: an event of the operation, or the writer's own.
      const { whole } = one.readStream(joined(pieces));
      const end = writer.end(trail);
      expect(whole).toBe(end === undefined || end.length === 0);
      expect(one.readStream(joined([...pieces, end]))).toEqual(complete);
    }
  });

  cases("sends each text of a stream to $name with its part", async (one) => {
    const [writer] = await begin(one.example);
    const pieces: (Bytes | undefined)[] = [];
    const seen: string[] = [];
    for (const part of partsFor(one.example, texts)) {
      pieces.push(writer.part(part));
      if (part.content) seen.push(one.readStream(joined(pieces)).text);
    }
    expect(seen).toEqual(["Grü", "Grüße ", "Grüße ✓"]);
  });

  cases("reports a failure in a stream to $name, without the end mark", async (one) => {
    const error = new RouterError({ kind: "stream_interrupted", message: "It broke.", cause: new Error(secret) });
    for (const count of [0, 2, 3]) {
      const [writer] = await begin(one.example);
      const pieces = written(writer, partsFor(one.example, texts).slice(0, count));
      const last = writer.error(error);
      if (last === undefined) continue;
      const text = texts.slice(0, Math.max(0, count - 1)).join("");
      expect(one.readStream(joined([...pieces, last]))).toEqual({ text, whole: false, error: "It broke." });
      expect(textOf(last)).not.toContain(secret);
    }
  });

  cases("sends pings in streams to $name that clients ignore", async (one) => {
    const [writer] = await begin(one.example);
    const { ping } = writer;
    if (ping === undefined) return;
    const parts = partsFor(one.example, texts);
    const pieces = written(writer, parts.slice(0, -1)).flatMap((piece) => [ping, piece, ping]);
    expect(one.readStream(joined(pieces))).toEqual({ ...complete, whole: false });
    pieces.push(...written(writer, parts.slice(-1)));
    expect(one.readStream(joined([...pieces, writer.end(trail)]))).toEqual(complete);
  });

  cases("keeps concurrent streams to $name separate", async (one) => {
    const [first, second] = await begin(one.example);
    const others = partsFor(one.example, ["an", "other", "!"]);
    const pieces = partsFor(one.example, texts).map((part, index) => {
      const [mine] = written(first, [part]);
      return [mine, ...written(second, others.slice(index, index + 1))];
    });
    expect(one.readStream(joined([...pieces.map(([mine]) => mine), first.end(trail)]))).toEqual(complete);
    const text = one.readStream(joined([...pieces.map(([, its]) => its), second.end(trail)]));
    expect(text).toEqual({ ...complete, text: "another!" });
  });
}
