import { type ErrorKind, errorKinds } from "@modelyard/core";
import type { ErrorClassName } from "@modelyard/core/kit";
import { describe, expect, it } from "vitest";
import { policyRetries, retryAllowance, retryPlace } from "./retry-policy.js";

const kinds = Object.keys(errorKinds) as readonly ErrorKind[];
/** Kinds that the router itself raises, before any deployment is called. */
const ours = new Set<ErrorKind>([
  "aborted",
  "invalid_request",
  "model_not_found",
  "no_deployment_available",
  "invalid_option",
]);

describe("retryAllowance", () => {
  const levels = ["request", "policy", "deployment", "group", "router"] as const;
  const values = { request: 11, policy: 12, deployment: 13, group: 14, router: 15 };
  // Every combination of settings that are set and not set; the router's is always set.
  const combinations = Array.from({ length: 16 }, (_, bits) =>
    levels.filter((_name, index) => index === 4 || (bits >> index) & 1),
  );

  it.each(combinations.map((names) => [names.join(", "), names] as const))("uses the narrowest of %s", (_, names) => {
    const set = new Set<string>(names);
    const settings = {
      request: set.has("request") ? values.request : undefined,
      policy: set.has("policy") ? { InternalServerError: values.policy } : { Timeout: 99 },
      deployment: set.has("deployment") ? values.deployment : undefined,
      group: set.has("group") ? values.group : undefined,
      router: values.router,
    };
    const narrowest = levels.find((level) => set.has(level));
    expect(retryAllowance(settings, "internal_server")).toEqual({
      retries: values[narrowest ?? "router"],
      byPolicy: set.has("policy"),
    });
  });

  it("accepts 0 at every level", () => {
    const none = { request: undefined, policy: undefined, deployment: undefined, group: undefined, router: 5 };
    for (const settings of [
      { ...none, request: 0 },
      { ...none, policy: { InternalServerError: 0 } },
      { ...none, deployment: 0 },
      { ...none, group: 0 },
      { ...none, router: 0 },
    ])
      expect(retryAllowance(settings, "internal_server").retries).toBe(0);
  });
});

describe("policyRetries", () => {
  it.each(kinds.map((kind) => [errorKinds[kind].className, kind] as const))(
    "accepts %s in both spellings",
    (name, kind) => {
      expect(policyRetries({ [name]: 4 }, kind)).toBe(4);
      expect(policyRetries({ [name]: { maxRetries: 4 } }, kind)).toBe(4);
      expect(policyRetries({ [name]: 0 }, kind)).toBe(0);
      expect(policyRetries({}, kind)).toBeUndefined();
    },
  );

  it.each(
    kinds.flatMap((kind) =>
      errorKinds[kind].parents.map((parent): [ErrorKind, ErrorClassName] => [kind, parent as ErrorClassName]),
    ),
  )("uses the entry of the parent class for %s (parent %s), unless its own class is named", (kind, parent) => {
    expect(policyRetries({ [parent]: 3 }, kind)).toBe(3);
    expect(policyRetries({ [parent]: 3, [errorKinds[kind].className]: 1 }, kind)).toBe(1);
  });
});

describe("retryPlace", () => {
  it.each([
    ["bad_request", "never"],
    ["unsupported_params", "elsewhere"],
    ["context_window_exceeded", "never"],
    ["content_policy_violation", "never"],
    ["payload_too_large", "never"],
    ["unprocessable_entity", "never"],
    ["authentication", "elsewhere"],
    ["permission_denied", "elsewhere"],
    ["quota_exhausted", "elsewhere"],
    ["not_found", "elsewhere"],
    ["timeout", "anywhere"],
    ["conflict", "anywhere"],
    ["rate_limit", "anywhere"],
    ["internal_server", "anywhere"],
    ["bad_gateway", "anywhere"],
    ["service_unavailable", "anywhere"],
    ["overloaded", "anywhere"],
    ["api_error", "anywhere"],
    ["api_connection", "anywhere"],
    ["invalid_response", "anywhere"],
    ["stream_interrupted", "anywhere"],
  ] as const)("of %s is %s", (kind, place) => {
    expect(retryPlace(kind)).toBe(place);
  });

  it("is never for errors that the router raises itself", () => {
    for (const kind of ours) expect(retryPlace(kind)).toBe("never");
  });
});
