import {
  ConfigError,
  type ConfigIssue,
  type Environment,
  isModulePath,
  type ParsedConfig,
} from "@modelyard/config-yaml";
import { type Callback, type Clock, Secret } from "@modelyard/core";
import { didYouMean, invalidOption, mistypedNames } from "@modelyard/core/kit";
import type { ExtraRoute } from "@modelyard/gateway";
import { callbackPackages, missingCallbacks } from "./callback-packages.js";

interface CallbackContext {
  readonly environment: Environment;
  readonly on: readonly ("success" | "failure")[];
  /** Whether prompts and answers are withheld from the callback's vendor. */
  readonly redact: boolean;
  /** The router's clock. */
  readonly clock: Clock;
  /** Whether to skip a callback whose variables are not set, instead of reporting an error. */
  readonly assumeEnvironment: boolean;
  /** Receives warnings about settings that have no effect. */
  readonly warn: (message: string) => void;
}

/** Reads a share from 0 to 1 from a variable, as LiteLLM's Sentry variables hold it. */
function share(environment: Environment, name: string): number | undefined {
  const text = environment[name];
  if (text === undefined || text === "") return undefined;
  const value = Number(text);
  if (value >= 0 && value <= 1) return value;
  throw invalidOption("callbacks.sentry", `${name} is "${text}".`, "Set it to a number from 0 to 1.");
}

/** Thrown to skip a callback whose variables are not set here but assumed to be set elsewhere. */
class AssumedVariable extends Error {}

/**
 * The values of the variables that a callback requires.
 * @throws `invalid_option` that names all unset variables
 */
function needed<const Names extends readonly string[]>(
  { environment, assumeEnvironment }: Pick<CallbackContext, "environment" | "assumeEnvironment">,
  callback: string,
  names: Names,
): { readonly [Index in keyof Names]: Secret } {
  const missing = names.filter((name) => (environment[name] ?? "") === "");
  if (missing.length === 0)
    return names.map((name) => new Secret(environment[name] ?? "")) as { readonly [Index in keyof Names]: Secret };
  if (assumeEnvironment) throw new AssumedVariable();
  const [noun, verb] = missing.length === 1 ? ["variable", "is"] : ["variables", "are"];
  throw invalidOption(
    `callbacks.${callback}`,
    `the environment ${noun} ${missing.join(" and ")} ${verb} not set.`,
    "Set the missing values, or remove the callback.",
  );
}

type MakeCallback = (context: CallbackContext) => Promise<Callback>;

const makers: Readonly<Record<string, MakeCallback>> = {
  prometheus: async ({ on, clock }) => (await callbackPackages.prometheus.load()).prometheusCallback({ on, clock }),
  langfuse: async ({ environment, assumeEnvironment, on, redact }) => {
    const [publicKey, secretKey] = needed({ environment, assumeEnvironment }, "langfuse", [
      "LANGFUSE_PUBLIC_KEY",
      "LANGFUSE_SECRET_KEY",
    ]);
    const { langfuseCallback } = await callbackPackages.langfuse.load();
    return langfuseCallback({
      publicKey,
      secretKey,
      on,
      redact,
      baseUrl: environment["LANGFUSE_HOST"] ?? environment["LANGFUSE_BASE_URL"],
      environment: environment["LANGFUSE_TRACING_ENVIRONMENT"],
      release: environment["LANGFUSE_RELEASE"],
    });
  },
  sentry: async ({ environment, assumeEnvironment, on, warn }) => {
    if (!on.includes("failure"))
      warn("sentry only reports failures, so it does nothing in success_callback. Put it in failure_callback.");
    const [dsn] = needed({ environment, assumeEnvironment }, "sentry", ["SENTRY_DSN"]);
    const { sentryCallback } = await callbackPackages.sentry.load();
    return sentryCallback({
      dsn,
      on,
      environment: environment["SENTRY_ENVIRONMENT"],
      sampleRate: share(environment, "SENTRY_API_SAMPLE_RATE"),
    });
  },
  otel: async ({ environment, assumeEnvironment, on }) => {
    const url =
      environment["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] ?? `${otelBase({ environment, assumeEnvironment })}/v1/traces`;
    const { otelCallback } = await callbackPackages.otel.load();
    return otelCallback({
      url,
      on,
      headers: otelHeaders(environment),
      serviceName: environment["OTEL_SERVICE_NAME"],
    });
  },
};

/** The OTLP endpoint without a trailing slash. `OTEL_ENDPOINT` is LiteLLM's own name for it. */
function otelBase(context: Pick<CallbackContext, "environment" | "assumeEnvironment">): string {
  const base =
    context.environment["OTEL_ENDPOINT"] ?? needed(context, "otel", ["OTEL_EXPORTER_OTLP_ENDPOINT"])[0].reveal();
  return base.replace(/\/+$/u, "");
}

/** Parses `name=value,other=value`, the format of headers in OpenTelemetry's variables. */
function otelHeaders(environment: Environment): Readonly<Record<string, Secret>> {
  const text =
    environment["OTEL_EXPORTER_OTLP_TRACES_HEADERS"] ??
    environment["OTEL_EXPORTER_OTLP_HEADERS"] ??
    environment["OTEL_HEADERS"] ??
    "";
  return Object.fromEntries(
    text.split(",").flatMap((pair) => {
      const [name = "", ...value] = pair.split("=");
      return name.trim() === "" ? [] : [[name.trim(), new Secret(decodeURIComponent(value.join("=").trim()))] as const];
    }),
  );
}

/** LiteLLM's name for its Langfuse callback that uses OpenTelemetry. Ours always does. */
const aliases: Readonly<Record<string, string>> = { langfuse_otel: "langfuse" };

/** The names that are valid in `callbacks`, `success_callback` and `failure_callback`. */
const callbackNames: readonly string[] = [...Object.keys(makers), ...Object.keys(aliases)];

export interface UnknownCallbacks {
  /** Names that are probably misspelled. */
  readonly errors: readonly ConfigIssue[];
  /** Other names: callbacks of LiteLLM or of a Python program, without which the file still works. */
  readonly warnings: readonly ConfigIssue[];
}

interface PlacedName {
  readonly name: string;
  readonly place: Omit<ConfigIssue, "message">;
}

/** All names of callbacks in a file, each with its place. */
function placedNames({ callbacks, sourceOf }: ParsedConfig): readonly PlacedName[] {
  const lists = { callbacks: callbacks.both, success_callback: callbacks.success, failure_callback: callbacks.failure };
  return Object.entries(lists).flatMap(([list, names]) =>
    names.map((name, index) => {
      const place = sourceOf(["litellm_settings", list, index]);
      return { name, place: { ...place, path: `litellm_settings.${list}[${String(index)}]` } };
    }),
  );
}

/** Finds the names of callbacks that do not exist, each with its place. */
export function unknownCallbacks(config: ParsedConfig): UnknownCallbacks {
  const found = placedNames(config).filter(({ name }) => !callbackNames.includes(name) && !isModulePath(name));
  const isMistyped = (name: string): boolean => mistypedNames(name, callbackNames).length > 0;
  const known = `Known: ${callbackNames.join(", ")}, and modules such as ./my-callback.mjs.`;
  const strangers = found.filter(
    ({ name }, index) => !isMistyped(name) && found.findIndex((other) => other.name === name) === index,
  );
  return {
    errors: found
      .filter(({ name }) => isMistyped(name))
      .map(({ name, place }) => ({
        ...place,
        message: `unknown callback "${name}".${didYouMean(name, callbackNames)} ${known}`,
      })),
    warnings: strangers.map(({ name, place }) => ({
      ...place,
      message: `Modelyard has no callback "${name}", so it is not called. ${known}`,
    })),
  };
}

/** The place where a file names each callback for the first time. */
function placesOf(config: ParsedConfig): ReadonlyMap<string, PlacedName["place"]> {
  const places = new Map<string, PlacedName["place"]>();
  for (const { name, place } of placedNames(config)) {
    const callback = aliases[name] ?? name;
    if (!places.has(callback)) places.set(callback, place);
  }
  return places;
}

/**
 * Creates the callbacks that a file names, each once.
 * @throws `ConfigError` for misspelled names and packages that are not installed, `invalid_option` for variables that
 * are not set
 */
export async function callbacksOf(
  config: ParsedConfig,
  {
    env,
    clock,
    lenient,
    assumeEnvironment,
  }: {
    readonly env: Environment;
    readonly clock: Clock;
    readonly lenient: boolean;
    readonly assumeEnvironment: boolean;
  },
): Promise<{ readonly callbacks: readonly Callback[]; readonly warnings: readonly ConfigIssue[] }> {
  const { errors } = unknownCallbacks(config);
  const missing = await missingCallbacks(placesOf(config));
  const problems = [...errors, ...missing.map(({ issue }) => issue)];
  if (problems.length > 0 && !lenient) throw new ConfigError(problems);
  const environment = { ...env, ...config.environment };
  const { redact } = config.callbacks;
  const named = (names: readonly string[]): readonly string[] => names.map((name) => aliases[name] ?? name);
  const success = named(config.callbacks.success);
  const failure = named(config.callbacks.failure);
  const both = named(config.callbacks.both);
  const warnings = problems;
  const warn = (message: string): void => {
    warnings.push({ path: "", message, file: "", line: 0, column: 0 });
  };
  const callbacks: Callback[] = [];
  for (const name of new Set([...success, ...failure, ...both])) {
    const on: ("success" | "failure")[] = [];
    if (success.includes(name) || both.includes(name)) on.push("success");
    if (failure.includes(name) || both.includes(name)) on.push("failure");
    const make = Object.hasOwn(makers, name) ? makers[name] : undefined;
    if (make === undefined || missing.some(({ callback }) => callback === name)) continue;
    try {
      callbacks.push(await make({ environment, assumeEnvironment, on, redact, clock, warn }));
    } catch (thrown) {
      if (thrown instanceof AssumedVariable) continue;
      if (!lenient) throw thrown;
      warn(thrown instanceof Error ? thrown.message : String(thrown));
    }
  }
  return { callbacks, warnings };
}

/** A callback whose metrics can be read over HTTP. */
interface Rendering extends Callback {
  render(): Promise<{ readonly contentType: string; readonly body: string }>;
}

/** The route `/metrics`, if a callback collects metrics. */
export function metricsRoutes(callbacks: readonly Callback[], closed: boolean): readonly ExtraRoute[] {
  return callbacks
    .filter((callback): callback is Rendering => "render" in callback)
    .map((callback) => ({
      method: "GET",
      path: "/metrics",
      open: !closed,
      handle: async () => {
        const { contentType, body } = await callback.render();
        return { status: 200, headers: { "content-type": contentType }, body };
      },
    }));
}
