import {
  type Deployment,
  type FieldsCall,
  type OperationName,
  type ProviderCall,
  type ProviderResult,
  rejected,
} from "@modelyard/core";
import { type Fitted, fitRequest, refusedFields } from "./fit-request.js";
import { hostRefusals } from "./host-refusals.js";
import type { Dialect, OpenAIProviderOptions } from "./dialect.js";
import { OpenAIProvider } from "./openai-provider.js";
import { compileRules, type RequestRules } from "./request-rules.js";

/** By operation, then by model. */
type DeploymentRules = Partial<Record<OperationName, Map<string, RequestRules | undefined>>>;

/** Names that are kept of one deployment; patterns let callers make up any number. */
const mostKept = 100;
const none: readonly string[] = Object.freeze([]);

/** A host that is sent what it and its models take. */
export class FittedProvider extends OpenAIProvider {
  readonly #dialect: Dialect;
  readonly #options: OpenAIProviderOptions;
  readonly #rules = new WeakMap<Deployment, DeploymentRules>();

  constructor(dialect: Dialect, options: OpenAIProviderOptions) {
    super(dialect, options);
    this.#dialect = dialect;
    this.#options = options;
  }

  override call(operation: OperationName, call: ProviderCall): Promise<ProviderResult> {
    const rules = this.#rulesFor(operation, call.deployment, call.model);
    if (rules === undefined) return super.call(operation, call);
    let fitted;
    try {
      fitted = fitRequest(rules, call, this.name);
    } catch (refusal) {
      return rejected(refusal);
    }
    if (fitted === undefined) return super.call(operation, call);
    return fitted instanceof Promise ? this.#callLater(operation, fitted) : this.#callFitted(operation, fitted);
  }

  async #callLater(operation: OperationName, fitting: Promise<Fitted>): Promise<ProviderResult> {
    return this.#callFitted(operation, await fitting);
  }

  #callFitted(operation: OperationName, { call, dropped }: Fitted): Promise<ProviderResult> {
    const result = super.call(operation, call);
    return dropped.length === 0 ? result : result.then((facts) => ({ ...facts, droppedParams: dropped }));
  }

  unsupportedFields(operation: OperationName, call: FieldsCall): readonly string[] {
    const rules = this.#rulesFor(operation, call.deployment, call.model);
    return rules === undefined ? none : refusedFields(rules, call);
  }

  protected override reportsUsage(deployment: Deployment): boolean {
    return super.reportsUsage(deployment) && !this.#refusesStreamOptions(deployment);
  }

  #refusesStreamOptions({ refuses }: Deployment): boolean {
    const field = "stream_options";
    return refuses?.fields?.includes(field) === true || this.#options.refuses?.fields?.includes(field) === true;
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
      provider: this.name,
      host: this.#hostOf(deployment),
      added: this.#options.refuses,
      streamUsage: super.reportsUsage(deployment),
      deployment,
      model,
    });
    known.set(model, rules);
    return rules;
  }

  /** Behind the provider `openai` may be any host that speaks its wire format: it is OpenAI where the address says so. */
  #hostOf({ connection }: Deployment): (typeof hostRefusals)[string] | undefined {
    const base = connection.baseUrl ?? this.#options.baseUrl ?? this.#dialect.baseUrl;
    return this.name === "openai" && !isOpenAI(base) ? undefined : hostRefusals[this.name];
  }
}

function isOpenAI(baseUrl: string | undefined): boolean {
  try {
    return /(?:^|\.)openai\.com$/u.test(new URL(baseUrl ?? "").hostname);
  } catch {
    return false;
  }
}
