import type { Path } from "./path.js";

/** Something wrong or odd, without its place in the text. */
export interface Finding {
  readonly path: Path;
  readonly message: string;
  /** Whether it is about a key that means nothing here, whose text may be anything. */
  readonly unknown?: boolean;
  /** Whether that key does not look like a misspelling of one that matters, so that the file works without it. */
  readonly harmless?: boolean;
}
