import type { ErrorKind } from "@modelyard/core";

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
  readonly requestId?: string;
}
