import { contentLength, type JsonObject, type StreamPart } from "@modelyard/core";

function choicesOf(chunk: unknown): readonly JsonObject[] {
  return (chunk as { readonly choices?: readonly JsonObject[] }).choices ?? [];
}

/** Characters of content, for providers that do not say. */
export function lengthOf(part: StreamPart): number {
  let length = 0;
  for (const chunk of part.chunks) for (const choice of choicesOf(chunk)) length += contentLength(choice);
  return length;
}

/** How many events of a part say something. */
export function eventsWithContent(part: StreamPart): number {
  return part.chunks.filter((chunk) => choicesOf(chunk).some((choice) => contentLength(choice) > 0)).length;
}
