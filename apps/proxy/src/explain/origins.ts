import { type Explanation, filePathOf, filePathsOf, showPath, type YamlRouter } from "modelyard";

type Path = readonly (string | number)[];

/** Where a value comes from: a place in the file, or another source. */
export type Origin =
  | { readonly file: string; readonly line: number; readonly column: number; readonly path: string }
  | "default"
  /** The built-in catalog of prices and context windows. */
  | "catalog"
  | "unknown";

export type Origins = Readonly<Record<string, Origin>>;

const router = { at: "router" } as const;

/**
 * Finds the line of the file that each part of an explanation comes from. If several places set a value, it is the line
 * of the one that takes precedence.
 */
export class OriginFinder {
  readonly #config: YamlRouter["config"];
  readonly #explanation: Explanation;
  readonly #cache: "redis" | "memory";

  constructor(config: YamlRouter["config"], explanation: Explanation) {
    this.#config = config;
    this.#explanation = explanation;
    this.#cache = config.cache?.type === "redis" ? "redis" : "memory";
  }

  /**
   * The origin of a setting, by name.
   * @param position - the deployment that it applies to; if not set, the whole group
   */
  setting(name: string, position?: number): Origin {
    return this.#first(this.#paths([name], position));
  }

  /** The origins of the parts that concern the whole group. */
  group(): Origins {
    const { name, group = "" } = this.#explanation;
    const strategy = (this.#config.groupStrategies[group] ?? this.#config.strategy).path;
    const policies = [
      ...filePathsOf("retryPolicy", { at: "group", group }),
      ...filePathsOf("modelGroupRetryPolicy", router).map((path) => [...path, group]),
      ...filePathsOf("retryPolicy", router),
    ];
    return {
      name: this.#first([this.#namePath(name)]),
      strategy: this.#first([[...strategy, "routing_strategy"]]),
      strategyArgs: this.#first([[...strategy, "routing_strategy_args"]]),
      retries: this.setting("numRetries"),
      retryPolicy: this.#first(policies),
      "fallbacks.general": this.#first(this.#named("fallbacks")),
      "fallbacks.contextWindow": this.#first([...this.#named("contextWindowFallbacks"), ...this.#named("fallbacks")]),
      "fallbacks.contentPolicy": this.#first(this.#named("contentPolicyFallbacks")),
      maxFallbacks: this.setting("maxFallbacks"),
      maxAttempts: this.setting("maxAttempts"),
      deadlineMs: this.setting("deadlineMs"),
      allowedFails: this.setting("allowedFails"),
      disableCooldowns: this.setting("disableCooldowns"),
      cacheTtlMs: this.#cacheTtl(),
    };
  }

  #named(option: string): readonly Path[] {
    const { name, group = "" } = this.#explanation;
    return [name, group, "*"].flatMap((key) => {
      const path = filePathOf(this.#config, [option, key]);
      // If the key was not written, `filePathOf` returns its nearest parent, which may belong to another group.
      return path === undefined || (path.at(-1) !== key && key !== "*") ? [] : [path];
    });
  }

  /** The place that defines the name: a routing group, an alias, or the first deployment of the group. */
  #namePath(name: string): Path {
    const { deployments } = this.#explanation;
    const { modelList, routingGroups = {}, modelGroupAlias = {} } = this.#config.router;
    if (!modelList.some((entry) => entry.modelName === name)) {
      const index = Object.keys(routingGroups).indexOf(name);
      if (index !== -1) return ["router_settings", "routing_groups", index, "group_name"];
      const alias = Object.hasOwn(modelGroupAlias, name)
        ? filePathOf(this.#config, ["modelGroupAlias", name])
        : undefined;
      if (alias !== undefined) return alias;
    }
    return ["model_list", this.#config.entryOf[deployments[0]?.position ?? 0] ?? 0, "model_name"];
  }

  #cacheTtl(): Origin {
    const kept = this.#explanation.cacheTtlMs === undefined ? [] : this.#paths(["cache.ttlMs"]);
    return this.#first([...kept, ...this.#paths(["cacheResponses"])]);
  }

  /** The origins of a deployment's parts. Some of them have several settings, or come from the catalog. */
  deployment(deployment: Explanation["deployments"][number]): Origins {
    const { position, prices, capabilities } = deployment;
    const whole = this.#paths(["timeouts.totalMs", "timeoutMs"], position);
    const quiet = (name: string): readonly Path[] => [...this.#paths([name, "streamTimeoutMs"], position), ...whole];
    const known = (name: string, value: unknown): Origin => {
      const origin = this.setting(name, position);
      if (origin !== "default") return origin;
      return value === undefined ? "unknown" : "catalog";
    };
    const parallel = [
      ...this.#paths(["maxParallelRequests"], position),
      ...filePathsOf("defaultMaxParallelRequests", router),
    ];
    return {
      deployment: this.#first([["model_list", this.#config.entryOf[position] ?? position]]),
      model: this.setting("model", position),
      id: this.setting("id", position),
      order: this.setting("order", position),
      wire: this.setting("wire", position),
      weight: this.setting("weight", position),
      rpm: this.setting("rpm", position),
      tpm: this.setting("tpm", position),
      maxParallelRequests: this.#first(parallel),
      timeout: this.#first(whole),
      firstToken: this.#first(quiet("timeouts.firstTokenMs")),
      idle: this.#first(quiet("timeouts.idleMs")),
      connect: this.setting("timeouts.connectMs", position),
      headers: this.setting("timeouts.headersMs", position),
      numRetries: this.#first(this.#own("numRetries", position)),
      cooldownMs: this.setting("cooldownMs", position),
      tags: this.setting("tags", position),
      region: this.setting("regionName", position),
      inputCostPerToken: known("inputCostPerToken", prices.inputCostPerToken),
      outputCostPerToken: known("outputCostPerToken", prices.outputCostPerToken),
      maxInputTokens: known("maxInputTokens", deployment.maxInputTokens),
      tools: known("capabilities.tools", capabilities.tools),
      vision: known("capabilities.vision", capabilities.vision),
      jsonSchema: known("capabilities.jsonSchema", capabilities.jsonSchema),
    };
  }

  #own(name: string, position: number): readonly Path[] {
    return filePathsOf(name, { at: "deployment", entry: this.#config.entryOf[position] ?? position });
  }

  /** The paths of settings, ordered from the deployment over the group to the router, and within each by `names`. */
  #paths(names: readonly string[], position?: number): readonly Path[] {
    const { group = "" } = this.#explanation;
    return [
      ...(position === undefined ? [] : names.flatMap((name) => this.#own(name, position))),
      ...names.flatMap((name) => filePathsOf(name, { at: "group", group })),
      ...names.flatMap((name) => filePathsOf(name, router, this.#cache)),
    ];
  }

  #first(paths: readonly Path[]): Origin {
    for (const path of paths.flatMap((one) => [one, ...this.#shared(one)])) {
      const place = this.#config.written(path);
      if (place !== undefined) return { ...place, path: showPath(path) };
    }
    return "default";
  }

  /** The path of a deployment's parameter in the credential that the deployment names, if it names one. */
  #shared([list, entry, section, key]: Path): readonly Path[] {
    if (list !== "model_list" || section !== "litellm_params" || key === undefined) return [];
    const name = this.#config.credentialOf[entry as number];
    return name === undefined ? [] : [["credential_list", name, "credential_values", key]];
  }
}
