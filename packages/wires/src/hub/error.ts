import type { ErrorKind, JsonObject } from "@modelyard/core";

/** A failure, in the words of no wire. */
export interface HubError {
  readonly kind: ErrorKind;
  /** The vendor's own text, without a prefix: clients match its beginning. */
  readonly message: string;
  readonly status?: number;
  /** `type` and `code` as the vendor wrote them. */
  readonly type?: string;
  readonly code?: string;
  readonly param?: string;
  /** The vendor's id of the request. */
  readonly requestId?: string;
  /** The vendor could not read reasoning that another vendor, or another account, made. */
  readonly foreignReasoning?: true;
}

/** How a wire says that a call failed. */
export interface WrittenError {
  readonly status: number;
  readonly body: JsonObject;
}
