import { type AllowedFailsPolicy, errorKinds, type RetryPolicy } from "@modelyard/core";
import type { ErrorKindRow } from "@modelyard/core/kit";

type Policy = Readonly<Record<string, unknown>>;

/** The error class that a policy's key names. LiteLLM's class is `Timeout`, but its keys begin with `TimeoutError`. */
function className(key: string, suffix: string): string {
  const name = key.endsWith(suffix) ? key.slice(0, -suffix.length) : key;
  return name === "TimeoutError" ? "Timeout" : name;
}

/**
 * The classes that `DefaultRetries` applies to: those where another attempt may help and that have no entry of their
 * own.
 */
function defaultClasses(policy: Policy): readonly string[] {
  const written = new Set(Object.keys(policy).map((key) => className(key, "Retries")));
  return Object.values<ErrorKindRow>(errorKinds)
    .filter(({ blame }) => blame !== "request" && blame !== "router" && blame !== "caller")
    .filter((row) => ![row.className, ...row.parents].some((name) => written.has(name)))
    .map((row) => row.className);
}

export function toRetryPolicy(policy: Policy): RetryPolicy {
  const { DefaultRetries: byDefault, ...classes } = policy;
  const retries = (value: unknown): unknown =>
    typeof value === "number" ? value : { maxRetries: (value as { readonly max_retries: number }).max_retries };
  return Object.fromEntries([
    ...(byDefault === undefined ? [] : defaultClasses(classes).map((name) => [name, retries(byDefault)])),
    ...Object.entries(classes).map(([key, value]) => [className(key, "Retries"), retries(value)]),
  ]) as RetryPolicy;
}

export function toAllowedFailsPolicy(policy: Policy): AllowedFailsPolicy {
  return Object.fromEntries(
    Object.entries(policy).map(([key, value]) => [className(key, "AllowedFails"), value as number]),
  );
}
