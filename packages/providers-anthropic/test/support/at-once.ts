import { type ConvertedMessages, convertMessages as convertEventually } from "../../src/convert-messages.js";
import { type ConvertedRequest, convertRequest as convertRequestEventually } from "../../src/convert-request.js";

/** The conversion of messages that are few enough to be converted at once. */
export function convertMessages(...args: Parameters<typeof convertEventually>): ConvertedMessages {
  const converted = convertEventually(...args);
  if (converted instanceof Promise) throw new TypeError("the messages are not converted at once");
  return converted;
}

/** The conversion of a request that is short enough to be converted at once. */
export function convertRequest(...args: Parameters<typeof convertRequestEventually>): ConvertedRequest {
  const converted = convertRequestEventually(...args);
  if (converted instanceof Promise) throw new TypeError("the request is not converted at once");
  return converted;
}
