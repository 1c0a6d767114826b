import type { CallRoute, RequestHead, RouteParams, SurfaceCall } from "@modelyard/core/kit";
import { forwardedHeaders } from "./forwarded-headers.js";
import { readJson } from "./json-body.js";

/**
 * Reads a body that is a JSON object, and the headers that a vendor of the same wire gets.
 * @throws (or rejects with) `bad_request` that says what is wrong, and where
 */
export function readCall(
  bytes: Uint8Array,
  head: RequestHead,
  match: { readonly params: RouteParams } & { readonly route: CallRoute },
): SurfaceCall | Promise<SurfaceCall> {
  const call = readJson(bytes, head, match);
  const forwardHeaders = forwardedHeaders(head);
  if (forwardHeaders === undefined) return call;
  const withHeaders = (read: SurfaceCall): SurfaceCall => ({ ...read, options: { forwardHeaders } });
  return call instanceof Promise ? call.then(withHeaders) : withHeaders(call);
}
