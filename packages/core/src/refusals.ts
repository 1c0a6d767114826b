/**
 * What the host or the model behind a deployment refuses, beyond what its provider already knows. Fields that change
 * nothing in an answer are left out and reported; others are dropped where `dropParams` allows it, else the request is
 * refused before anything is sent.
 */
export interface Refusals {
  /** Request fields under their wire names, e.g. `seed`, `logprobs`. `stream_options` is then not added either. */
  readonly fields?: readonly string[];
  /** Request fields that go by another name there, e.g. `{ seed: "random_seed" }`. */
  readonly renames?: Readonly<Record<string, string>>;
  /** Fields of messages and of the parts and tool calls in them, e.g. `reasoning_content`. Removed and reported. */
  readonly messageFields?: readonly string[];
  /** Whether messages of the role `developer` are refused; they go out as `system`. */
  readonly developerRole?: boolean;
  /** Ids of tool calls must be exactly this many letters and digits; other ids are rewritten. Whole, 8 to 64. */
  readonly toolIdLength?: number;
}

/** `true`: whatever is refused may be dropped; a list: only these fields; `false`: nothing. */
export type DropParams = boolean | readonly string[];

/** Whether a field that a vendor refuses may be dropped. */
export function mayDrop(dropParams: DropParams, field: string): boolean {
  return typeof dropParams === "boolean" ? dropParams : dropParams.includes(field);
}
