import type { CallOptions } from "@modelyard/core";
import type { OperationRow } from "@modelyard/core/kit";

/**
 * Whether a call takes nothing of the limits of its deployment and says nothing about its health: the client's own key or address
 * is used, or vendors treat such requests apart from calls of models.
 */
export function isApart({
  options,
  row,
}: {
  readonly options: Pick<CallOptions, "clientAuth">;
  readonly row: Pick<OperationRow, "apart">;
}): boolean {
  return options.clientAuth !== undefined || row.apart === true;
}
