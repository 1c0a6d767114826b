import { type DeploymentOptions, type Refusals, Secret, type Timeouts } from "@modelyard/core";
import { assumedValue } from "./assumed-values.js";
import type { Environment } from "./environment.js";
import { litellmParams, type ModelEntry, vendorPrefixes } from "./schema.js";
import { priceTiers } from "./tier-prices.js";

/** Where a provider's settings come from when the file does not have them: names of environment variables, in order. */
export interface ProviderVariables {
  readonly apiKey?: readonly string[];
  readonly apiBase?: readonly string[];
  /** Whether the user has to give the address. */
  readonly ownAddress?: boolean;
  /** An address in which `{NAME}` stands for an environment variable. Used when all of them are set. */
  readonly apiBaseTemplate?: string;
  readonly apiVersion?: readonly string[];
  readonly organization?: readonly string[];
}

export interface DeploymentInput {
  /** Whether a missing key and address count as given. */
  readonly assumeEnvironment: boolean;
  readonly environment: Environment;
  /** Variables of a model's provider; asked with the model as it is written. */
  readonly variablesOf: (model: string, provider: string | undefined) => ProviderVariables | undefined;
}

const own = new Set(Object.keys(litellmParams.shape));

function ms(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1000;
}

/** Leaves out what is `undefined`. */
function given<Shape extends object>(fields: { readonly [Key in keyof Shape]: Shape[Key] | undefined }): Shape {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Shape;
}

interface PhaseTimeouts {
  readonly connect_timeout?: number | undefined;
  readonly headers_timeout?: number | undefined;
  readonly first_token_timeout?: number | undefined;
  readonly idle_timeout?: number | undefined;
  readonly total_timeout?: number | undefined;
}

/** `undefined` when none of them is written. */
function phaseTimeouts(written: PhaseTimeouts): Timeouts | undefined {
  const timeouts = given<Timeouts>({
    connectMs: ms(written.connect_timeout),
    headersMs: ms(written.headers_timeout),
    firstTokenMs: ms(written.first_token_timeout),
    idleMs: ms(written.idle_timeout),
    totalMs: ms(written.total_timeout),
  });
  return Object.keys(timeouts).length === 0 ? undefined : timeouts;
}

function lookup(names: readonly string[] | undefined, environment: Environment): string | undefined {
  for (const name of names ?? []) {
    const value = environment[name];
    if (value !== undefined && value !== "") return value;
  }
  return undefined;
}

const placeholder = /\{(?<name>\w+)\}/gu;

/** @returns `undefined` when a variable is not set */
function filled(template: string | undefined, environment: Environment): string | undefined {
  const names = [...(template ?? "").matchAll(placeholder)].map((match) => match.groups?.["name"] ?? "");
  return names.every((name) => lookup([name], environment) !== undefined)
    ? template?.replaceAll(placeholder, (_, name: string) => lookup([name], environment) ?? "")
    : undefined;
}

/** The version of an API: what an address says itself wins over a variable that holds for all of them. */
function apiVersionOf(
  { api_version: written }: ModelEntry["litellm_params"],
  apiBase: string | undefined,
  fromEnvironment: string | undefined,
): string | undefined {
  return written ?? (/[?&]api-version=/u.test(apiBase ?? "") ? undefined : fromEnvironment);
}

/** One entry of `model_list` as deployments: one, or one for each organization. */
export function toDeployments(entry: ModelEntry, input: DeploymentInput): readonly DeploymentOptions[] {
  const { litellm_params: parameters } = entry;
  const organizations = Array.isArray(parameters.organization) ? parameters.organization : [parameters.organization];
  return organizations.map((organization, index) => {
    const options = toOptions(entry, organization, input);
    return organizations.length > 1 && options.id !== undefined
      ? { ...options, id: `${options.id}-${String(index + 1)}` }
      : options;
  });
}

function refusals(written: ModelEntry["litellm_params"]["refuses"]): Refusals | undefined {
  if (written === undefined) return undefined;
  return given<Refusals>({
    fields: written.fields,
    renames: written.renames,
    messageFields: written.message_fields,
    developerRole: written.developer_role,
    toolIdLength: written.tool_id_length,
  });
}

function toOptions(
  entry: ModelEntry,
  organization: string | undefined,
  { environment, variablesOf, assumeEnvironment }: DeploymentInput,
): DeploymentOptions {
  const { litellm_params: parameters } = entry;
  const info = entry.model_info ?? {};
  const variables = variablesOf(parameters.model, parameters.custom_llm_provider);
  const assumed = (key: string): string | undefined => (assumeEnvironment ? assumedValue([key], "unset") : undefined);
  const written = parameters.api_key?.trim() === "" ? undefined : parameters.api_key;
  const apiKey = written ?? lookup(variables?.apiKey, environment) ?? assumed("api_key");
  const apiBase =
    parameters.api_base ??
    parameters.base_url ??
    lookup(variables?.apiBase, environment) ??
    filled(variables?.apiBaseTemplate, environment) ??
    (variables?.ownAddress === true ? assumed("api_base") : undefined);
  const extra = Object.entries(parameters).filter(([key, value]) => !own.has(key) && value !== undefined);
  const isVendor = (key: string): boolean => vendorPrefixes.some((prefix) => key.startsWith(prefix));
  const defaults = { ...Object.fromEntries(extra.filter(([key]) => !isVendor(key))), ...parameters.extra_body };
  const settings = Object.fromEntries(extra.filter(([key]) => isVendor(key)));
  const headers = Object.entries(parameters.extra_headers ?? {}).map(
    ([name, value]) => [name, new Secret(value)] as const,
  );
  return given<DeploymentOptions>({
    modelName: entry.model_name,
    model: parameters.model,
    provider: parameters.custom_llm_provider,
    id: info.id,
    apiKey: apiKey === undefined ? undefined : new Secret(apiKey),
    apiBase,
    apiVersion: apiVersionOf(parameters, apiBase, lookup(variables?.apiVersion, environment)),
    organization: organization ?? lookup(variables?.organization, environment),
    headers: headers.length === 0 ? undefined : Object.fromEntries(headers),
    rpm: parameters.rpm ?? entry.rpm ?? info.rpm,
    tpm: parameters.tpm ?? entry.tpm ?? info.tpm,
    maxParallelRequests: parameters.max_parallel_requests,
    weight: parameters.weight,
    order: parameters.order,
    tags: parameters.tags,
    regionName: parameters.region_name,
    timeoutMs: ms(parameters.timeout ?? parameters.request_timeout),
    streamTimeoutMs: ms(parameters.stream_timeout),
    timeouts: phaseTimeouts(parameters),
    numRetries: parameters.num_retries,
    cooldownMs: ms(parameters.cooldown_time),
    inputCostPerToken: parameters.input_cost_per_token ?? info.input_cost_per_token,
    outputCostPerToken: parameters.output_cost_per_token ?? info.output_cost_per_token,
    cachedInputCostPerToken: parameters.cache_read_input_token_cost ?? info.cache_read_input_token_cost,
    cacheWriteCostPerToken: parameters.cache_creation_input_token_cost ?? info.cache_creation_input_token_cost,
    cacheWriteHourCostPerToken:
      parameters.cache_creation_input_token_cost_above_1hr ?? info.cache_creation_input_token_cost_above_1hr,
    priceTiers: priceTiers(parameters, info),
    maxInputTokens: info.max_input_tokens ?? info.max_tokens,
    baseModel: parameters.base_model ?? info.base_model,
    capabilities: given<NonNullable<DeploymentOptions["capabilities"]>>({
      tools: info.supports_function_calling,
      vision: info.supports_vision,
      jsonSchema: info.supports_response_schema,
      prefix: info.supports_assistant_prefill,
    }),
    defaults: Object.keys(defaults).length === 0 ? undefined : defaults,
    dropParams: parameters.drop_params,
    additionalDropParams: parameters.additional_drop_params,
    refuses: refusals(parameters.refuses),
    allowedOpenaiParams: parameters.allowed_openai_params,
    clientSideAuthParams: parameters.configurable_clientside_auth_params?.map((allowed) =>
      typeof allowed === "string" ? allowed : { apiBase: allowed.api_base },
    ),
    continuation: parameters.continuation,
    finishReasons: parameters.finish_reasons,
    mockResponse: parameters.mock_response,
    settings: Object.keys(settings).length === 0 ? undefined : settings,
    info: Object.keys(info).length === 0 ? undefined : info,
  });
}

export { given, ms, phaseTimeouts };
