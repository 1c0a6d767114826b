import type { JsonObject } from "@modelyard/core";
import type { DialectName, UpstreamOperation } from "./asked.js";

/** One call that the upstream got. Times are milliseconds since the epoch, on the upstream's clock. */
export interface UpstreamCall {
  /** First part of the path, which tells deployments apart; empty when there is none. */
  readonly host: string;
  readonly dialect: DialectName;
  readonly operation: UpstreamOperation;
  /** As asked for; for Azure the deployment of the path. */
  readonly model: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Empty when it was no JSON object. */
  readonly body: JsonObject;
  /** The id that the answer carries. */
  readonly requestId: string;
  /** When the request was there as a whole. */
  readonly at: number;
  /** Of the answer; `undefined`: none was sent yet. */
  status: number | undefined;
  /** Of the answer's body, handed to the connection so far. A reader that does not read stops it. */
  sentBytes: number;
  /** When the caller left before the answer was finished. */
  closedByClientAt: number | undefined;
  /** When the answer was sent to its end, or cut off by the upstream. */
  finishedAt: number | undefined;
}

/** Which calls are meant; what is left out matches all. */
export interface CallMatch {
  readonly host?: string;
  readonly model?: string;
  readonly dialect?: DialectName;
  readonly operation?: UpstreamOperation;
  /** Looks at the call itself. */
  readonly when?: (call: UpstreamCall) => boolean;
}

export function fits(match: CallMatch, call: UpstreamCall): boolean {
  return (
    (match.host === undefined || match.host === call.host) &&
    (match.model === undefined || match.model === call.model) &&
    (match.dialect === undefined || match.dialect === call.dialect) &&
    (match.operation === undefined || match.operation === call.operation) &&
    (match.when === undefined || match.when(call))
  );
}
