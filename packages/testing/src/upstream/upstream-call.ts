import type { JsonObject, OperationName } from "@modelyard/core";
import type { DialectName } from "./place.js";

/** One call that the upstream received. Times are in milliseconds since the epoch, on the upstream's clock. */
export interface UpstreamCall {
  /** First segment of the path, which distinguishes deployments. Empty if there is none. */
  readonly host: string;
  readonly dialect: DialectName;
  readonly operation: OperationName;
  /** The requested model; for Azure, the deployment in the path. */
  readonly model: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Empty if it was not a JSON object. */
  readonly body: JsonObject;
  /** The request id in the answer. */
  readonly requestId: string;
  /** When the whole request had arrived. */
  readonly at: number;
  /** Status of the answer, or `undefined` before it is sent. */
  status: number | undefined;
  /** Bytes of the body that were written to the connection so far. They stop growing while the reader does not read. */
  sentBytes: number;
  /** When the caller disconnected before the end of the answer, or `undefined` if it did not. */
  closedByClientAt: number | undefined;
  /** When the answer was complete or the upstream cut it, or `undefined` if neither has happened. */
  finishedAt: number | undefined;
}

/** Selects calls. What is not set matches all. */
export interface CallMatch {
  readonly host?: string;
  readonly model?: string;
  readonly dialect?: DialectName;
  readonly operation?: OperationName;
  /** A condition that the call must meet in addition. */
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
