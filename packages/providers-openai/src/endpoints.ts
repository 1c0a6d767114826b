import type { Deployment, OperationName, Secret } from "@modelyard/core";
import { type Endpoint, providerKey } from "@modelyard/provider-kit";
import { azureReportsUsage, compileEndpoint } from "./endpoint.js";
import type { Dialect, OpenAIProviderOptions } from "./dialect.js";
import { hostRefusals } from "./host-refusals.js";
import { HostWires } from "./host-wires.js";
import { hostWireFacts } from "./host-wire-facts.js";
import { compileRules, type RequestRules } from "./request-rules.js";

/** Where the calls of one operation of a deployment go, and what its host and model accept. */
export interface HostEndpoint extends Endpoint {
  /** `undefined`: requests are sent as they are. */
  readonly rules: RequestRules | undefined;
  /** Whether streams report their usage on request. */
  readonly reportsUsage: boolean;
  /** Over which wire calls are made. */
  readonly wires: HostWires;
}

/** What is known about one provider's deployments before a call: their addresses, their keys, and what they accept. */
export class Endpoints {
  readonly #dialect: Dialect;
  readonly #options: OpenAIProviderOptions;
  readonly #apiKey: Secret | undefined;

  constructor(dialect: Dialect, options: OpenAIProviderOptions) {
    this.#dialect = dialect;
    this.#options = options;
    this.#apiKey = providerKey(options.apiKey, dialect.environment?.apiKey ?? [], options.env);
  }

  compile(operation: OperationName, deployment: Deployment, model: string): HostEndpoint {
    const { name, azure, foundry, apiPath, addressForms } = this.#dialect;
    const streamUsage = this.#understandsStreamOptions(deployment);
    const rules = compileRules({
      operation,
      provider: name,
      host: this.#refusalsOf(deployment),
      added: this.#options.refuses,
      streamUsage,
      deployment,
      model,
    });
    const endpoint = compileEndpoint(deployment, operation, model, {
      azure: azure ? "openai" : foundry === true ? "foundry" : undefined,
      apiPath,
      addressForms,
      baseUrl: this.#baseOf(deployment),
      apiKey: this.keyOf(deployment),
      apiVersion: this.#versionOf(deployment),
    });
    const reportsUsage = streamUsage && !this.#refusesStreamOptions(deployment);
    const baseUrl = this.#baseOf(deployment);
    const isOpenAI = azure || (name === "openai" && isOpenAIAddress(baseUrl));
    return {
      ...endpoint,
      rules,
      reportsUsage,
      wires: new HostWires(hostWireFacts({ operation, dialect: this.#dialect, deployment, model, baseUrl, isOpenAI })),
    };
  }

  keyOf(deployment: Deployment): Secret | undefined {
    return deployment.connection.apiKey ?? this.#apiKey;
  }

  /** What is wrong with a deployment's settings. */
  problems(deployment: Deployment): readonly string[] {
    const problems: string[] = [];
    const { name, keyless, environment, azure } = this.#dialect;
    if (!keyless && this.keyOf(deployment) === undefined) {
      const [usual] = environment?.apiKey ?? [];
      const variable = usual === undefined ? "" : ` or the environment variable ${usual}`;
      problems.push(`${name} needs a key. Set apiKey${variable}.`);
    }
    const base = this.#baseOf(deployment);
    const example = `e.g. ${azure ? "https://NAME.openai.azure.com" : "https://example.com/v1"}`;
    if (base === undefined) problems.push(`${name} needs an address. Set apiBase, ${example}.`);
    else if (!URL.canParse(base)) problems.push(`apiBase of ${name} must be a valid URL, ${example}.`);
    // None of these providers has settings, and a setting without effect must be reported.
    for (const key of Object.keys(deployment.settings)) problems.push(`${name} has no setting "${key}".`);
    return problems;
  }

  #understandsStreamOptions(deployment: Deployment): boolean {
    const { azure, streamUsage } = this.#dialect;
    return azure ? azureReportsUsage(this.#baseOf(deployment), this.#versionOf(deployment)) : streamUsage;
  }

  #refusesStreamOptions({ refuses }: Deployment): boolean {
    return [refuses, this.#options.refuses].some((refusals) => refusals?.fields?.includes("stream_options") === true);
  }

  /** The provider `openai` may call any compatible host. Only the address tells whether it is OpenAI's own. */
  #refusalsOf(deployment: Deployment): (typeof hostRefusals)[string] | undefined {
    const { name } = this.#dialect;
    return name === "openai" && !isOpenAIAddress(this.#baseOf(deployment)) ? undefined : hostRefusals[name];
  }

  #baseOf(deployment: Deployment): string | undefined {
    return deployment.connection.baseUrl ?? this.#options.baseUrl ?? this.#dialect.baseUrl;
  }

  #versionOf(deployment: Deployment): string | undefined {
    return deployment.connection.apiVersion ?? this.#options.apiVersion;
  }
}

function isOpenAIAddress(baseUrl: string | undefined): boolean {
  try {
    return /(?:^|\.)openai\.com$/u.test(new URL(baseUrl ?? "").hostname);
  } catch {
    return false;
  }
}
