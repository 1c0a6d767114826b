import type { Engine, Surface } from "@modelyard/core";
import { hostProblem, invalidOption, isJsonObject, operationNames, originProblem } from "@modelyard/core/kit";
import {
  callable,
  checkOptions,
  choice,
  clock,
  fault,
  flag,
  kindOf,
  list,
  name,
  numeric,
  part,
  type Rule,
  secret,
  shape,
  shown,
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

/** Custom routes match whole paths, so one with a pattern would never match. */
const path: Rule = (value, at) => {
  const whole = 'Write the full path, e.g. "/metrics".';
  if (typeof value !== "string" || !value.startsWith("/")) return fault(at, "it must begin with a slash.", whole);
  const odd = /[\s?#*{}]|\/:/u.exec(value)?.[0];
  return odd === undefined
    ? undefined
    : fault(at, `patterns are not supported, and it contains ${JSON.stringify(odd)}.`, whole);
};

const bytes: Rule = (value, at) =>
  typeof value === "string" || value instanceof Uint8Array
    ? undefined
    : fault(at, `expected a string or bytes, got ${kindOf(value)}.`);

const route = shape<ExtraRoute>(
  {
    method: choice(["GET", "POST"]),
    path,
    open: flag,
    refusedWhileDraining: flag,
    ping: bytes,
    handle: callable,
  },
  { required: ["method", "path", "open", "handle"], fix: "Write { method, path, open, handle }." },
);

/** Like `path`, with placeholders. Whether those are correct is checked when the routes are built. */
const pattern: Rule = (value, at) => path(typeof value === "string" ? value.replaceAll(/[{}]/gu, "") : value, at);

/** The name of a header, as it is looked up. */
const lowerCase: Rule = (value, at) =>
  typeof value === "string" && value !== "" && value === value.toLowerCase()
    ? undefined
    : fault(at, `expected the name of a header in lower case, got ${shown(value)}.`);

const surfaceRoute: Rule = (value, at) => {
  if (!isJsonObject(value)) return fault(at, `expected a route, got ${kindOf(value)}.`);
  const { method, path: main, aliases = [], operation, answer, maxRequestBytes } = value;
  return (
    choice(["DELETE", "GET", "PATCH", "POST", "PUT"])(method, `${at}.method`) ??
    pattern(main, `${at}.path`) ??
    list(pattern)(aliases, `${at}.aliases`) ??
    (maxRequestBytes === undefined ? undefined : above0(maxRequestBytes, `${at}.maxRequestBytes`)) ??
    (operation === undefined ? callable(answer, `${at}.answer`) : choice(operationNames)(operation, `${at}.operation`))
  );
};

const isSurface = part<Surface>({
  what: "a surface",
  example: "openaiSurface",
  methods: ["read", "write", "writeError", "events"],
  texts: ["name"],
  lists: ["routes"],
});

const surface: Rule = (value, at) => {
  const found = isSurface(value, at);
  if (found !== undefined) return found;
  const { routes, keyHeaders = [] } = value as Surface;
  return list(surfaceRoute)(routes, `${at}.routes`) ?? list(lowerCase)(keyHeaders, `${at}.keyHeaders`);
};

const surfaces: Rule = (value, at) => {
  const found = list(surface)(value, at);
  if (found !== undefined) return found;
  return (value as readonly unknown[]).length > 0
    ? undefined
    : fault(at, "it is empty, so nothing would be served.", "Give at least one, e.g. openaiSurface.");
};

const gatewayOptions = shape<GatewayOptions>({
  surfaces,
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

/**
 * Checks the options before anything is built: a misspelled `masterKey` would leave the gateway open.
 * @throws `invalid_option`
 */
export function checkGateway(engine: Engine, options: GatewayOptions): void {
  const parts = engine as Partial<Engine> | null | undefined;
  if (![parts?.execute, parts?.models, parts?.state].every((method) => typeof method === "function"))
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
