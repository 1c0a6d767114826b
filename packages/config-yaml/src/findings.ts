import type { Path } from "./path.js";

/** Something wrong or odd, without its place in the text. */
export interface Finding {
  readonly path: Path;
  readonly message: string;
  /** For code that looks for one kind of finding. */
  readonly kind?: "required" | "unknown_setting";
  /** For a key that means nothing here: what it was probably meant to be. */
  readonly meant?: readonly string[];
  /** Whether it is about a key that means nothing here, whose text may be anything. */
  readonly unknown?: boolean;
  /** Whether that key does not look like a misspelling of one that matters, so that the file works without it. */
  readonly harmless?: boolean;
}
