import type { JsonObject, RouterError } from "@modelyard/core";
import { isJsonObject, type SurfaceAnswer } from "@modelyard/core/kit";

/**
 * The error of a vendor that was asked in the surface's own wire, as it sent it: coding tools match its words and codes.
 * @param isError - whether a body is an error of the wire
 * @returns `undefined`: there is none, or a proxy before the vendor answered in another format
 */
export function vendorError(
  { vendorAnswer }: RouterError,
  isError: (body: JsonObject) => boolean,
): SurfaceAnswer | undefined {
  if (vendorAnswer === undefined) return undefined;
  const { status, headers, body } = vendorAnswer;
  const parsed = parse(body);
  if (!isJsonObject(parsed) || !isError(parsed)) return undefined;
  return { status, headers: { "content-type": "application/json", ...headers }, body };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether an object is the `error` of any of the wires. */
export function hasMessage(error: unknown): error is JsonObject {
  return isJsonObject(error) && typeof error["message"] === "string";
}
