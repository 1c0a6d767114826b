/** Characters that are converted at a time: more arguments could overflow the stack. */
const step = 8_192;

/** Bytes as base64, with web standards only. */
export function toBase64(data: Uint8Array | string): string {
  if (typeof data === "string") return data;
  const pieces: string[] = [];
  for (let start = 0; start < data.length; start += step)
    pieces.push(String.fromCharCode(...data.subarray(start, start + step)));
  return btoa(pieces.join(""));
}

/** How the base64 of an image begins. Source: the file formats' signatures. */
const signatures: readonly (readonly [start: string, mediaType: string])[] = [
  ["iVBORw0KGgo", "image/png"],
  ["/9j/", "image/jpeg"],
  ["R0lGOD", "image/gif"],
  ["UklGR", "image/webp"],
];

/** The media type of an image, if the caller only wrote `image` or `image/*`. */
export function imageTypeOf(mediaType: string, base64: string): string {
  if (mediaType !== "image" && mediaType !== "image/*") return mediaType;
  return signatures.find(([start]) => base64.startsWith(start))?.[1] ?? "image/jpeg";
}
