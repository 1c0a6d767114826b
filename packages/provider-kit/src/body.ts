import type { TransportResponse } from "@modelyard/core/kit";

/** A plain answer longer than this is none, in bytes. The longest that vendors give, batches of embeddings, have half of it. */
export const longestAnswer = 256 * 1024 * 1024;
/** What is read of a failure's body, in bytes: vendors say what is wrong in fewer. */
export const longestFailure = 64 * 1024;

/** What a vendor says of a failure; of a long text the beginning, and its connection is given up. */
export async function failureText(response: TransportResponse): Promise<string> {
  const bytes = await response.bytes(longestFailure);
  return new TextDecoder().decode(bytes.subarray(0, longestFailure));
}

/** How a body is compressed, which nobody asked for; `undefined`: it is not. */
export function encodingOf(response: TransportResponse): string | undefined {
  const encoding = response.header("content-encoding");
  return encoding === undefined || encoding === "identity" ? undefined : encoding;
}

/** What headers say of a body's type, without its parameters: it goes into messages. */
export function bodyType(response: TransportResponse): string {
  const type = /^[\w.+-]+\/[\w.+-]+/u.exec(response.header("content-type") ?? "")?.[0] ?? "without a type";
  const encoding = encodingOf(response);
  return encoding === undefined ? type : `${type} in ${/^[\w-]{1,20}/u.exec(encoding)?.[0] ?? "some encoding"}`;
}
