import type { CallOptions } from "@modelyard/core";
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
  return withHeaders(readJson(bytes, head, match), forwardedHeaders(head));
}

/** Adds the headers that a vendor of the same wire gets. `undefined`: there are none. */
export function withHeaders<Read extends SurfaceCall | Promise<SurfaceCall>>(
  call: Read,
  forwardHeaders: CallOptions["forwardHeaders"],
): Read | SurfaceCall | Promise<SurfaceCall> {
  if (forwardHeaders === undefined) return call;
  const add = (read: SurfaceCall): SurfaceCall => ({ ...read, options: { ...read.options, forwardHeaders } });
  return call instanceof Promise ? call.then(add) : add(call);
}
