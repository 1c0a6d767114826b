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

/** The errors about what a platform without Node's modules does not have. */
export async function refusals(): Promise<readonly string[]> {
  const models = "model_list: [{ model_name: a, litellm_params: { model: openai/a, api_key: key } }]\n";
  const sources = [
    { file: "config.yaml" },
    `include: [models.yaml]\n${models}`,
    `${models}litellm_settings: { callbacks: [prometheus], failure_callback: [sentry] }`,
    `${models}router_settings: { routing_strategy: ./my-strategy.mjs }`,
    `${models}router_settings: { redis_host: localhost }`,
    models.replace("key }", "os.environ/KEY }"),
  ];
  const messages: string[] = [];
  for (const source of sources) {
    try {
      await (await routerFromYaml(source)).close();
      messages.push("none");
    } catch (thrown) {
      messages.push((thrown as Error).message);
    }
  }
  const { watch, close } = await routerFromYaml(models);
  try {
    watch();
  } catch (thrown) {
    messages.push((thrown as Error).message);
  }
  await close();
  return messages;
}
