import type { Path } from "./path.js";

/** Something wrong or odd, without its place in the text. */
export interface Finding {
  readonly path: Path;
  readonly message: string;
  /** Whether it is about a key that means nothing here, whose text may be anything. */
  readonly unknown?: boolean;
  /** Whether that key is no misspelling of one that means something, so that a file works without it. */
  readonly stranger?: boolean;
}
