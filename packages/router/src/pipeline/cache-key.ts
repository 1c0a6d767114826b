import { canonicalJson, type JsonObject } from "@modelyard/core";
import type { Call } from "../request/call.js";

/** Raised when entries of older versions must not be read any more. */
const version = 1;

const encoder = new TextEncoder();

async function sha256(value: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(value)));
  let hex = "";
  for (const byte of digest) hex += byte.toString(16).padStart(2, "0");
  return hex;
}

/**
 * The key of a request's answer: everything that can change the answer is in it, whatever the order of its fields; the
 * model group stands for the name, so that aliases share.
 */
export async function cacheKey(call: Call, request: JsonObject): Promise<string> {
  const { cache } = call.snapshot.config;
  const resolved = call.snapshot.names.resolve(call.requestedModel);
  const shared = cache?.shared ?? true;
  const identity = {
    version,
    operation: call.operation,
    group: resolved?.captures === undefined ? (resolved?.group.name ?? call.requestedModel) : call.requestedModel,
    request: { ...request, model: undefined },
    tags: call.tags,
    regions: call.options.allowedRegions,
    dropParams: call.options.dropParams,
    clientAuth: call.options.clientAuth,
    ...(shared ? {} : { caller: call.options.caller }),
  };
  const namespace = call.options.cache?.namespace ?? cache?.namespace;
  const hash = await sha256(canonicalJson(identity));
  return namespace === undefined ? hash : `${(await sha256(namespace)).slice(0, 16)}:${hash}`;
}
