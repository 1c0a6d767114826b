import { createRouter, leastBusy, memoryCache, openai, type Router, routerFromYaml } from "modelyard";

async function contentOf(router: Router): Promise<unknown> {
  const answer = await router.completion({ model: "gpt-4", messages: [{ role: "user", content: "Hello" }] });
  return answer.choices[0]?.message.content;
}

/** Tests what `modelyard` must support on every platform, with nothing from files or the environment. */
export async function smokeModelyard(origin: string): Promise<Readonly<Record<string, unknown>>> {
  const router = createRouter({
    providers: [openai()],
    strategy: leastBusy(),
    responseCache: memoryCache(),
    modelList: [{ modelName: "gpt-4", model: "openai/gpt-4", apiKey: "vendor-key", apiBase: `${origin}/healthy/v1` }],
  });
  const inCode = await contentOf(router);
  await router.close();
  const yaml = await routerFromYaml(
    `model_list:
  - model_name: gpt-4
    litellm_params: { model: openai/gpt-4, api_base: ${origin}/overloaded/v1, api_key: os.environ/KEY, order: 1 }
  - model_name: gpt-4
    litellm_params: { model: openai/gpt-4, api_base: ${origin}/healthy/v1, api_key: os.environ/KEY, order: 2 }
litellm_settings: { cache: true, cache_params: { type: local } }
router_settings: { routing_strategy: cost-based-routing }
`,
    { env: { KEY: "vendor-key" } },
  );
  const inYaml = await contentOf(yaml.router);
  await yaml.close();
  return { inCode, inYaml, warnings: yaml.warnings };
}
