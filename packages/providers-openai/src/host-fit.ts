import type { Deployment, FieldsCall, MaybePromise, OperationName, ProviderCall } from "@modelyard/core";
import type { PreparedCall } from "@modelyard/provider-kit";
import type { Dialect, OpenAIProviderOptions } from "./dialect.js";
import type { Endpoints } from "./endpoints.js";
import { fitRequest, refusedFields } from "./fit-request.js";
import { hostRefusals } from "./host-refusals.js";
import { compileRules, type RequestRules } from "./request-rules.js";

/** By operation, then by model. */
type DeploymentRules = Partial<Record<OperationName, Map<string, RequestRules | undefined>>>;

/** Models whose rules are kept of one deployment; patterns let callers name any number. */
const mostKept = 100;
const none: readonly string[] = Object.freeze([]);

/** Sends a host what it and its models accept. */
export class HostFit {
  readonly #dialect: Dialect;
  readonly #options: OpenAIProviderOptions;
  readonly #endpoints: Endpoints;
  readonly #rules = new WeakMap<Deployment, DeploymentRules>();

  constructor(dialect: Dialect, options: OpenAIProviderOptions, endpoints: Endpoints) {
    this.#dialect = dialect;
    this.#options = options;
    this.#endpoints = endpoints;
  }

  /** @returns `undefined`: the call goes out as it is. @throws (or rejects with) `unsupported_params` naming what is refused */
  prepare(operation: OperationName, call: ProviderCall): MaybePromise<PreparedCall> | undefined {
    const rules = this.#rulesFor(operation, call.deployment, call.model);
    return rules === undefined ? undefined : fitRequest(rules, call, this.#dialect.name);
  }

  unsupportedFields(operation: OperationName, call: FieldsCall): readonly string[] {
    const rules = this.#rulesFor(operation, call.deployment, call.model);
    return rules === undefined ? none : refusedFields(rules, call);
  }

  /** Whether streams of a deployment report their usage when they are asked to. */
  reportsUsage(deployment: Deployment): boolean {
    const field = "stream_options";
    const refused =
      deployment.refuses?.fields?.includes(field) === true || this.#options.refuses?.fields?.includes(field) === true;
    return !refused && this.#endpoints.reportsUsage(deployment);
  }

  #rulesFor(operation: OperationName, deployment: Deployment, model: string): RequestRules | undefined {
    let all = this.#rules.get(deployment);
    if (all === undefined) {
      all = {};
      this.#rules.set(deployment, all);
    }
    const known = (all[operation] ??= new Map<string, RequestRules | undefined>());
    if (known.has(model)) return known.get(model);
    if (known.size >= mostKept) known.clear();
    const rules = compileRules({
      operation,
      provider: this.#dialect.name,
      host: this.#hostOf(deployment),
      added: this.#options.refuses,
      streamUsage: this.#endpoints.reportsUsage(deployment),
      deployment,
      model,
    });
    known.set(model, rules);
    return rules;
  }

  /** Behind the provider `openai` may be any host that speaks its wire format: it is OpenAI where the address says so. */
  #hostOf({ connection }: Deployment): (typeof hostRefusals)[string] | undefined {
    const { name, baseUrl } = this.#dialect;
    const base = connection.baseUrl ?? this.#options.baseUrl ?? baseUrl;
    return name === "openai" && !isOpenAI(base) ? undefined : hostRefusals[name];
  }
}

function isOpenAI(baseUrl: string | undefined): boolean {
  try {
    return /(?:^|\.)openai\.com$/u.test(new URL(baseUrl ?? "").hostname);
  } catch {
    return false;
  }
}
