import type { DialectName } from "./place.js";
import type { FailureTable, VendorFailure, VendorFailureName } from "./failure.js";
import { anthropicFailures } from "./failures-anthropic.js";
import { azureFailures } from "./failures-azure.js";
import { openaiFailures } from "./failures-openai.js";

const tables: Readonly<Record<DialectName, FailureTable>> = {
  openai: openaiFailures,
  azure: azureFailures,
  anthropic: anthropicFailures,
};

/** @param what - a status, or the name of a failure */
export function vendorFailure(dialect: DialectName, what: number | VendorFailureName): VendorFailure {
  const table = tables[dialect];
  return typeof what === "number" ? (table.byStatus[what] ?? table.other(what)) : table.named[what];
}

/** The body of a vendor's failure by status. */
export function vendorError(dialect: DialectName, status: number): string {
  return vendorFailure(dialect, status).body;
}

const bodies = (name: VendorFailureName): Readonly<Record<DialectName, string>> => ({
  openai: openaiFailures.named[name].body,
  azure: azureFailures.named[name].body,
  anthropic: anthropicFailures.named[name].body,
});

/** The body of a vendor's failure by name, for failures that share a status. */
export const specialErrors: Readonly<
  Record<"contextWindow" | "contentPolicy" | "quota", Readonly<Record<DialectName, string>>>
> = {
  contextWindow: bodies("context_window"),
  contentPolicy: bodies("content_policy"),
  quota: bodies("insufficient_quota"),
};
