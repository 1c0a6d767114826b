import { type Engine, hostProblem, invalidOption, originProblem } from "@modelyard/core";
import {
  callable,
  checkOptions,
  choice,
  clock,
  fault,
  flag,
  list,
  name,
  numeric,
  type Rule,
  secret,
  shape,
} from "@modelyard/core/options";
import type { ExtraRoute, GatewayOptions } from "./options.js";

const masterKey: Rule = (value, path) => {
  const found = secret(value, path);
  if (found !== undefined) return found;
  const key = typeof value === "string" ? value : (value as { reveal(): unknown }).reveal();
  return typeof key === "string" && key !== "" ? undefined : fault(path, "a non-empty string is required.");
};

const origin: Rule = (value, path) => {
  const problem = originProblem(value);
  return problem === undefined ? undefined : fault(path, problem);
};

const host: Rule = (value, path) => {
  const problem = hostProblem(value);
  return problem === undefined ? undefined : fault(path, problem);
};

const above0 = numeric({ least: 0, above: true, endless: true });

const named = name("Name a header, or omit it.");

/** Routes match whole paths, so something that looks like a pattern would never match. */
const path: Rule = (value, at) => {
  const whole = 'Write the full path, e.g. "/metrics".';
  if (typeof value !== "string" || !value.startsWith("/")) return fault(at, "it must begin with a slash.", whole);
  const odd = /[\s?#*{}]|\/:/u.exec(value)?.[0];
  return odd === undefined
    ? undefined
    : fault(at, `patterns are not supported, and it contains ${JSON.stringify(odd)}.`, whole);
};

const route = shape<ExtraRoute>(
  {
    method: choice(["GET", "POST"]),
    path,
    open: flag,
    handle: callable,
  },
  { required: ["method", "path", "open", "handle"], fix: "Write { method, path, open, handle }." },
);

const gatewayOptions = shape<GatewayOptions>({
  masterKey,
  keyHeader: named,
  allowedOrigins: list(origin),
  allowedHosts: list(host),
  maxRequestBytes: above0,
  pingMs: above0,
  clock,
  routes: list(route),
  onError: callable,
  onRefused: callable,
});

/** Reports what cannot work before anything is built: a misspelled `masterKey` would leave the gateway open. @throws `invalid_option` */
export function checkGateway(engine: Engine, options: GatewayOptions): void {
  const parts = engine as Partial<Engine> | null | undefined;
  if (![parts?.execute, parts?.models, parts?.state].every((part) => typeof part === "function"))
    throw invalidOption(
      "engine",
      "expected a router.",
      "Pass the result of createRouter: createGateway(router, options).",
    );
  checkOptions(options, gatewayOptions, "");
}

/** @throws `invalid_option` for a router, or anything else that is not a gateway */
export function checkServed(gateway: { readonly handle: unknown } | undefined): void {
  if (typeof gateway?.handle !== "function")
    throw invalidOption("gateway", "expected a gateway.", "Pass the result of createGateway: createGateway(router).");
}
