import type { Deployment, OperationName, Secret } from "@modelyard/core";
import { type Endpoint, providerKey } from "@modelyard/provider-kit";
import { azureReportsUsage, compileEndpoint } from "./endpoint.js";
import type { Dialect, OpenAIProviderOptions } from "./dialect.js";

type ByOperation = Partial<Record<OperationName, Endpoint>>;

/** Patterns let callers name models without end: what is kept of one deployment stays small. */
const mostModels = 100;

/** Where the deployments of one provider are called, and with which key: compiled once, when first asked for. */
export class Endpoints {
  readonly #dialect: Dialect;
  readonly #options: OpenAIProviderOptions;
  readonly #apiKey: Secret | undefined;
  readonly #compiled = new WeakMap<Deployment, Map<string, ByOperation>>();
  readonly #azureUsage = new WeakMap<Deployment, boolean>();

  constructor(dialect: Dialect, options: OpenAIProviderOptions) {
    this.#dialect = dialect;
    this.#options = options;
    this.#apiKey = providerKey(options.apiKey, dialect.environment?.apiKey ?? [], options.env);
  }

  find(operation: OperationName, deployment: Deployment, model: string): Endpoint {
    return this.#compiled.get(deployment)?.get(model)?.[operation] ?? this.#compile(operation, deployment, model);
  }

  keyOf(deployment: Deployment): Secret | undefined {
    return deployment.connection.apiKey ?? this.#apiKey;
  }

  /** Whether a deployment understands `stream_options`. */
  reportsUsage(deployment: Deployment): boolean {
    if (!this.#dialect.azure) return this.#dialect.streamUsage;
    let reports = this.#azureUsage.get(deployment);
    if (reports === undefined) {
      reports = azureReportsUsage(this.#baseOf(deployment), this.#versionOf(deployment));
      this.#azureUsage.set(deployment, reports);
    }
    return reports;
  }

  /** What is wrong with a deployment's settings. */
  problems(deployment: Deployment): readonly string[] {
    const problems: string[] = [];
    const { name, keyless, environment, azure } = this.#dialect;
    if (!keyless && this.keyOf(deployment) === undefined) {
      const [usual] = environment?.apiKey ?? [];
      const variable = usual === undefined ? "" : ` or the environment variable ${usual}`;
      problems.push(`${name} needs a key. Set apiKey (in YAML: api_key)${variable}.`);
    }
    if (this.#baseOf(deployment) === undefined && (azure || name !== "openai")) {
      problems.push(
        `${name} needs an address. Set apiBase (in YAML: api_base)${azure ? ", e.g. https://NAME.openai.azure.com" : ""}.`,
      );
    }
    // No provider here reads any, and a setting without effect must be reported.
    for (const key of Object.keys(deployment.settings)) problems.push(`${name} has no setting "${key}".`);
    return problems;
  }

  #compile(operation: OperationName, deployment: Deployment, model: string): Endpoint {
    let models = this.#compiled.get(deployment);
    if (models === undefined) {
      models = new Map();
      this.#compiled.set(deployment, models);
    }
    if (models.size > mostModels) models.clear();
    const endpoint = compileEndpoint(deployment, operation, model, {
      azure: this.#dialect.azure ? "openai" : this.#dialect.foundry === true ? "foundry" : undefined,
      apiPath: this.#dialect.apiPath,
      addressForms: this.#dialect.addressForms,
      baseUrl: this.#baseOf(deployment),
      apiKey: this.keyOf(deployment),
      apiVersion: this.#versionOf(deployment),
    });
    models.set(model, { ...models.get(model), [operation]: endpoint });
    return endpoint;
  }

  #baseOf(deployment: Deployment): string | undefined {
    return deployment.connection.baseUrl ?? this.#options.baseUrl ?? this.#dialect.baseUrl;
  }

  #versionOf(deployment: Deployment): string | undefined {
    return deployment.connection.apiVersion ?? this.#options.apiVersion;
  }
}
