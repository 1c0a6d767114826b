import type { Deployment } from "@modelyard/core";
import { isStableId } from "@modelyard/core/kit";
import { concreteModel } from "./wildcard.js";

/** Limit for a model's name, whose length the caller decides. */
const longestName = 100;

/** A deployment as its operator knows it: provider and model, and the id if the operator has set one. */
export function publicName(deployment: Deployment, captures?: Parameters<typeof concreteModel>[1]): string {
  const { id, provider } = deployment;
  const name = `${provider}/${concreteModel(deployment, captures).slice(0, longestName)}`;
  return isStableId(id) ? name : `${name} "${id}"`;
}
