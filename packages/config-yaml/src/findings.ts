import type { Path } from "./path.js";

/** An error or warning by path, before it has been located in the text. */
export interface Finding {
  readonly path: Path;
  readonly message: string;
  /** Lets code look for this kind of finding without parsing its message. */
  readonly kind?: "required" | "unknown_setting";
  /** For an unknown key: the keys that it was probably meant to be. */
  readonly meant?: readonly string[];
  /** Whether the last key of the path is unknown. Its text may be anything, so messages show only its beginning. */
  readonly unknown?: boolean;
  /** Whether the unknown key does not look like a misspelling of an important one, so that a warning is enough. */
  readonly harmless?: boolean;
}
