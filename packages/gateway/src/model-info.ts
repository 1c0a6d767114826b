import type { DeploymentInfo, Engine } from "@modelyard/core";
import type { RequestHead, SurfaceAnswer } from "@modelyard/core/kit";
import { json } from "./answers.js";
import { unknownModel } from "./models.js";

/** One deployment as LiteLLM's clients expect it. Unknown fields are omitted. */
function entry(name: string, deployment: DeploymentInfo): object {
  const { id, provider, model, limits, weight, order, tags, region, prices, capabilities } = deployment;
  return {
    model_name: name,
    litellm_params: {
      model: `${provider}/${model}`,
      rpm: limits.rpm,
      tpm: limits.tpm,
      max_parallel_requests: limits.maxParallelRequests,
      weight,
      order,
      tags: tags.length === 0 ? undefined : tags,
      region_name: region,
    },
    model_info: {
      input_cost_per_token: prices.inputCostPerToken,
      output_cost_per_token: prices.outputCostPerToken,
      cache_read_input_token_cost: prices.cachedInputCostPerToken,
      cache_creation_input_token_cost: prices.cacheWriteCostPerToken,
      cache_creation_input_token_cost_above_1hr: prices.cacheWriteHourCostPerToken,
      max_input_tokens: deployment.maxInputTokens,
      supports_function_calling: capabilities.tools,
      supports_vision: capabilities.vision,
      supports_response_schema: capabilities.jsonSchema,
      ...deployment.info,
      id,
      db_model: false,
      litellm_provider: provider,
    },
  };
}

/**
 * `GET /model/info`: the deployments of groups and of visible aliases, with what is known about their models and nothing
 * about how they are reached. `?litellm_model_id=` asks for one deployment by its id.
 * @throws `model_not_found` if there is none with that id
 */
export function modelInfo(engine: Engine, request: RequestHead): SurfaceAnswer {
  const deployments = engine.deployments?.() ?? [];
  const asked = request.query?.("litellm_model_id");
  if (asked !== undefined) return json(200, { data: [withId(deployments, asked)] });
  const aliased = engine
    .models()
    .filter((listing) => listing.alias)
    .flatMap(({ id, group }) => deployments.filter((one) => one.group === group).map((one) => entry(id, one)));
  return json(200, { data: [...deployments.map((one) => entry(one.group, one)), ...aliased] });
}

function withId(deployments: readonly DeploymentInfo[], id: string): object {
  const one = deployments.find((deployment) => deployment.id === id);
  if (one !== undefined) return entry(one.group, one);
  const ids = deployments.map((deployment) => deployment.id);
  throw unknownModel(id, ids, "litellm_model_id");
}
