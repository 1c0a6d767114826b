/** Why a deployment cannot serve a call: a kind that decides about the error, and a text for people. */
export interface Reason {
  readonly kind:
    | "health"
    | "limit"
    | "parallel"
    | "context"
    | "operation"
    | "capability"
    | "region"
    | "tags"
    | "filter"
    | "client"
    | "stored";
  readonly text: string;
  /** The path of what the request must omit to be served. Not set: it is not something in the request. */
  readonly path?: string;
  /** Milliseconds until it passes, or `undefined` if it does not pass by itself or that is unknown. */
  readonly passesMs: number | undefined;
  /** Whether it passes at that time and not before, whatever happens to the calls in flight. @defaultValue false */
  readonly isFixed?: boolean;
}
