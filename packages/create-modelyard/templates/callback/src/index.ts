import { type Callback, defineCallback } from "@modelyard/core";

/** What one model group has used. */
export interface Account {
  requests: number;
  failures: number;
  tokens: number;
  /** In US dollars. Answers whose price is unknown are not in it. */
  costUsd: number;
}

export interface Ledger extends Callback {
  /** By the name of the model group. */
  readonly accounts: ReadonlyMap<string, Readonly<Account>>;
}

/** Adds up requests, tokens and costs by model group. */
export function ledger(): Ledger {
  const accounts = new Map<string, Account>();
  const accountOf = (group: string): Account => {
    const known = accounts.get(group) ?? { requests: 0, failures: 0, tokens: 0, costUsd: 0 };
    accounts.set(group, known);
    return known;
  };
  const callback = defineCallback({
    name: "ledger",
    events: ["request_succeeded", "request_failed"],
    // Called while the request is on its way: count here, and send elsewhere.
    on(event) {
      const { modelGroup, usage, costUsd } = event.trail;
      const account = accountOf(modelGroup);
      account.requests += 1;
      if (event.type === "request_failed") account.failures += 1;
      account.tokens += usage?.total_tokens ?? 0;
      account.costUsd += costUsd ?? 0;
    },
  });
  return { ...callback, accounts };
}

/** Configuration files call this. */
export const callback = ledger;
