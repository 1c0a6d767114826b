import { invalidOption } from "@modelyard/core/kit";

/** @throws `invalid_option` */
export function watchSource(): never {
  throw invalidOption("watch", "this platform has no files to watch.", "Pass the changed text to reload.");
}
