import type { LossList } from "./losses.js";

const unknown =
  "The item is unknown here: it is stored at another API, or it was forgotten an hour after its last use. " +
  'Send the whole input, with "store": false.';

/**
 * Reports an item that only another API has stored. The model answers without earlier reasoning too, as some clients
 * refer to it in every turn, but not without texts and calls.
 */
export function reportReference(id: string, path: string, losses: LossList): void {
  if (id.startsWith("rs_")) losses.dropped(path, "The reasoning is stored at another API, or was forgotten.");
  else losses.never(path, unknown);
}
