import { type Explanation, pathOfOption, type YamlRouter } from "modelyard";

type Path = readonly (string | number)[];

/** The place in the file that says something, or why there is none. */
export type Origin =
  | { readonly file: string; readonly line: number; readonly column: number; readonly path: string }
  | "default"
  /** From the prices and windows that come along. */
  | "catalogue"
  | "unknown";

export type Origins = Readonly<Record<string, Origin>>;

const router = (...path: Path): Path => ["router_settings", ...path];
const litellm = (...path: Path): Path => ["litellm_settings", ...path];

function showPath(path: Path): string {
  return path
    .map((part, index) => (typeof part === "number" ? `[${String(part)}]` : index === 0 ? part : `.${part}`))
    .join("");
}

/** Says which line of a file stands behind each part of an explanation; of several places, the one that wins. */
export class OriginFinder {
  readonly #config: YamlRouter["config"];
  readonly #explanation: Explanation;

  constructor(config: YamlRouter["config"], explanation: Explanation) {
    this.#config = config;
    this.#explanation = explanation;
  }

  /** Of what holds for the whole group. */
  group(): Origins {
    const { name, group = "" } = this.#explanation;
    const own = (key: string): Path => router("model_group_settings", group, key);
    const named = (option: string): Path[] =>
      [name, group, "*"].flatMap((key) => {
        const path = pathOfOption(this.#config, option, key);
        return path === undefined ? [] : [path];
      });
    const strategy = (this.#config.groupStrategies[group] ?? this.#config.strategy).path;
    return {
      name: this.#first([this.#namePath()]),
      strategy: this.#first([[...strategy, "routing_strategy"]]),
      strategyArgs: this.#first([[...strategy, "routing_strategy_args"]]),
      retries: this.#first([own("num_retries"), router("num_retries"), litellm("num_retries")]),
      retryPolicy: this.#first([
        own("retry_policy"),
        router("model_group_retry_policy", group),
        router("retry_policy"),
      ]),
      "fallbacks.general": this.#first(named("fallbacks")),
      "fallbacks.contextWindow": this.#first([...named("contextWindowFallbacks"), ...named("fallbacks")]),
      "fallbacks.contentPolicy": this.#first(named("contentPolicyFallbacks")),
      maxFallbacks: this.#first([router("max_fallbacks"), litellm("max_fallbacks")]),
      maxAttempts: this.#first([router("max_attempts")]),
      deadlineMs: this.#first([router("deadline")]),
      allowedFails: this.#first([router("allowed_fails"), litellm("allowed_fails")]),
      disableCooldowns: this.#first([router("disable_cooldowns")]),
      cacheTtlMs: this.#cache(),
    };
  }

  /** What makes the name one: a group of groups, an alias, or the first deployment that has it. */
  #namePath(): Path {
    const { name, deployments } = this.#explanation;
    const { modelList, routingGroups = {} } = this.#config.router;
    if (!modelList.some((entry) => entry.modelName === name)) {
      const index = Object.keys(routingGroups).indexOf(name);
      if (index !== -1) return router("routing_groups", index, "group_name");
      const alias = pathOfOption(this.#config, "modelGroupAlias", name);
      if (alias !== undefined) return alias;
    }
    return ["model_list", this.#config.entryOf[deployments[0]?.position ?? 0] ?? 0, "model_name"];
  }

  #cache(): Origin {
    const kind = this.#config.cache?.type === "redis" ? "default_redis_ttl" : "default_in_memory_ttl";
    if (this.#explanation.cacheTtlMs === undefined) return this.#first([router("cache_responses"), litellm("cache")]);
    const parameters = [kind, "ttl"].flatMap((key) => [litellm("cache_params", key), router("cache_kwargs", key)]);
    return this.#first([
      ...parameters,
      litellm(kind),
      router("default_cache_time_seconds"),
      router("cache_responses"),
      litellm("cache"),
    ]);
  }

  /** Of one deployment. */
  deployment(deployment: Explanation["deployments"][number]): Origins {
    const base: Path = ["model_list", this.#config.entryOf[deployment.position] ?? deployment.position];
    const group = this.#explanation.group ?? "";
    const own = (key: string): Path => router("model_group_settings", group, key);
    const parameter = (key: string): Path => [...base, "litellm_params", key];
    const info = (key: string): Path => [...base, "model_info", key];
    const whole = [
      parameter("total_timeout"),
      parameter("timeout"),
      parameter("request_timeout"),
      own("total_timeout"),
      own("timeout"),
      router("total_timeout"),
      router("timeout"),
      litellm("request_timeout"),
    ];
    const quiet = (key: string): readonly Path[] => [
      parameter(key),
      parameter("stream_timeout"),
      own(key),
      own("stream_timeout"),
      router(key),
      router("stream_timeout"),
      ...whole,
    ];
    const known = (paths: readonly Path[], value: unknown): Origin => {
      const origin = this.#first(paths);
      if (origin !== "default") return origin;
      return value === undefined ? "unknown" : "catalogue";
    };
    const { prices, capabilities } = deployment;
    return {
      deployment: this.#first([base]),
      model: this.#first([parameter("model")]),
      id: this.#first([info("id")]),
      order: this.#first([parameter("order")]),
      weight: this.#first([parameter("weight")]),
      rpm: this.#first([parameter("rpm"), [...base, "rpm"], info("rpm")]),
      tpm: this.#first([parameter("tpm"), [...base, "tpm"], info("tpm")]),
      maxParallelRequests: this.#first([parameter("max_parallel_requests"), router("default_max_parallel_requests")]),
      timeout: this.#first(whole),
      firstToken: this.#first(quiet("first_token_timeout")),
      idle: this.#first(quiet("idle_timeout")),
      connect: this.#first([parameter("connect_timeout"), own("connect_timeout"), router("connect_timeout")]),
      headers: this.#first([parameter("headers_timeout"), own("headers_timeout"), router("headers_timeout")]),
      numRetries: this.#first([parameter("num_retries")]),
      cooldownMs: this.#first([parameter("cooldown_time"), own("cooldown_time"), router("cooldown_time")]),
      tags: this.#first([parameter("tags")]),
      region: this.#first([parameter("region_name")]),
      inputCostPerToken: known(
        [parameter("input_cost_per_token"), info("input_cost_per_token")],
        prices.inputCostPerToken,
      ),
      outputCostPerToken: known(
        [parameter("output_cost_per_token"), info("output_cost_per_token")],
        prices.outputCostPerToken,
      ),
      maxInputTokens: known([info("max_input_tokens"), info("max_tokens")], deployment.maxInputTokens),
      tools: known([info("supports_function_calling")], capabilities.tools),
      vision: known([info("supports_vision")], capabilities.vision),
      jsonSchema: known([info("supports_response_schema")], capabilities.jsonSchema),
    };
  }

  #first(paths: readonly Path[]): Origin {
    for (const path of paths.flatMap((one) => [one, ...this.#shared(one)])) {
      const place = this.#config.written(path);
      if (place !== undefined) return { ...place, path: showPath(path) };
    }
    return "default";
  }

  /** Where a deployment's parameter stands when it comes from the credential that the deployment names. */
  #shared([list, entry, section, key]: Path): readonly Path[] {
    if (list !== "model_list" || section !== "litellm_params" || key === undefined) return [];
    const name = this.#config.credentialOf[entry as number];
    return name === undefined ? [] : [["credential_list", name, "credential_values", key]];
  }
}
