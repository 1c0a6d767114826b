import type { JsonObject, RouterError } from "@modelyard/core";
import { isJsonObject, type SurfaceAnswer } from "@modelyard/core/kit";

const jsonType = /^application\/(?:[\w.-]+\+)?json\b/iu;

/**
 * The error of a vendor that was asked in the surface's own wire, as it sent it: coding tools match its words and codes.
 * @param isError - whether a body is an error of the wire
 * @returns `undefined`: there is none, or a proxy before the vendor answered in another format
 */
export function vendorError(
  { vendorAnswer }: RouterError,
  isError: (body: JsonObject) => boolean,
): SurfaceAnswer | undefined {
  if (vendorAnswer === undefined || vendorAnswer.status < 400) return undefined;
  const { status, headers, body } = vendorAnswer;
  if (!isErrorText(body, isError)) return undefined;
  // The body is JSON, whatever the vendor says, and must not be shown as a web page.
  const type = jsonType.test(headers["content-type"] ?? "") ? {} : { "content-type": "application/json" };
  return { status, headers: { ...headers, ...type }, body };
}

/**
 * The error event of a vendor that was asked in the surface's own wire, as it sent it.
 * @param isError - whether the data of an event are an error of the wire
 */
export function vendorErrorEvent(
  { vendorAnswer }: RouterError,
  isError: (data: JsonObject) => boolean,
): string | undefined {
  if (vendorAnswer === undefined || !isErrorText(vendorAnswer.body, isError)) return undefined;
  const lines = vendorAnswer.body.split(/\r\n?|\n/u).map((line) => `data: ${line}\n`);
  return `event: error\n${lines.join("")}\n`;
}

function isErrorText(text: string, isError: (error: JsonObject) => boolean): boolean {
  const parsed = parse(text);
  return isJsonObject(parsed) && isError(parsed);
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
