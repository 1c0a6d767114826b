/**
 * What the host or the model behind a deployment refuses, in addition to what its provider knows. Fields that do not
 * affect the answer are dropped and reported. Others are dropped if `dropParams` allows it; otherwise the request is
 * refused before anything is sent.
 */
export interface Refusals {
  /**
   * Request fields under their wire names, e.g. `seed`, `logprobs`. If `stream_options` is one, it is not added either.
   */
  readonly fields?: readonly string[];
  /** Request fields that have another name there, e.g. `{ seed: "random_seed" }`. */
  readonly renames?: Readonly<Record<string, string>>;
  /** Fields of messages and of the parts and tool calls in them, e.g. `reasoning_content`. Removed and reported. */
  readonly messageFields?: readonly string[];
  /** Whether messages with the role `developer` are refused. They are sent as `system` instead. */
  readonly developerRole?: boolean;
  /**
   * The number of letters and digits that ids of tool calls must have. Other ids are rewritten. A whole number, 8 to
   * 64.
   */
  readonly toolIdLength?: number;
}

/** `true`: everything that is refused may be dropped. A list: only these fields. `false`: nothing. */
export type DropParams = boolean | readonly string[];

/** Whether a field that a vendor refuses may be dropped. */
export function mayDrop(dropParams: DropParams, field: string): boolean {
  return typeof dropParams === "boolean" ? dropParams : dropParams.includes(field);
}
