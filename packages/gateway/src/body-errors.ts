import { createError } from "@modelyard/core/kit";

/** @param limit - in bytes */
export function tooLarge(limit: number): Error {
  return createError({ kind: "payload_too_large", message: `The request body is longer than ${String(limit)} bytes.` });
}

/** For a body that would be longer than `limit` bytes once it is decoded. */
export function decodedTooLarge(limit: number): Error {
  const message = `The request body is longer than ${String(limit)} bytes after it is decompressed.`;
  return createError({ kind: "payload_too_large", message });
}

/** For a body that cannot be decoded. @param encoding - as `Content-Encoding` names it */
export function damaged(encoding: string, problem: string): Error {
  return createError({
    kind: "bad_request",
    code: "invalid_encoding",
    message: `The request body cannot be decoded as ${encoding}: ${problem}`,
  });
}
