import type { TransportResponse } from "@modelyard/core";

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
