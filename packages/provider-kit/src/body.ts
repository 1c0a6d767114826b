import type { TransportResponse } from "@modelyard/core/kit";

/** Longer plain answers are refused, in bytes. The longest ones that vendors send, batches of embeddings, are half as long. */
export const longestAnswer = 256 * 1024 * 1024;
/** How much of a failure's body is read, in bytes: vendors say what is wrong in fewer. */
export const longestFailure = 64 * 1024;

/** The body of a failure. Only the beginning of a long one is read, and its connection is closed. */
export async function failureText(response: TransportResponse): Promise<string> {
  const bytes = await response.bytes(longestFailure);
  return new TextDecoder().decode(bytes.subarray(0, longestFailure));
}

/** How a body is compressed, although no compression was requested; `undefined`: it is not. */
export function encodingOf(response: TransportResponse): string | undefined {
  const encoding = response.header("content-encoding");
  return encoding === undefined || encoding === "identity" ? undefined : encoding;
}

/** The type of a body according to its headers, for error messages. */
export function bodyType(response: TransportResponse): string {
  const type = /^[\w.+-]+\/[\w.+-]+/u.exec(response.header("content-type") ?? "")?.[0] ?? "without a content type";
  const encoding = encodingOf(response);
  return encoding === undefined ? type : `${type} in ${/^[\w-]{1,20}/u.exec(encoding)?.[0] ?? "some encoding"}`;
}
