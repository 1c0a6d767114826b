import { startUpstream, type Upstream } from "@modelyard/testing";

/** A configuration that needs no keys, with the scripted vendors that it uses. */
export interface Demo {
  readonly yaml: string;
  close(): Promise<void>;
}

function yamlFor(upstream: Upstream): string {
  return `
model_list:
  - model_name: gpt-4
    litellm_params: { model: openai/gpt-4, api_base: "${upstream.url("openai-1")}/v1", api_key: demo, rpm: 1000 }
    model_info: { id: openai-1, input_cost_per_token: 0.00003, output_cost_per_token: 0.00006 }
  - model_name: gpt-4
    litellm_params: { model: openai/gpt-4, api_base: "${upstream.url("openai-2")}/v1", api_key: demo, rpm: 1000 }
    model_info: { id: openai-2, input_cost_per_token: 0.00003, output_cost_per_token: 0.00006 }
  - model_name: gpt-4
    litellm_params: { model: azure/gpt-4, api_base: "${upstream.url("azure-1")}", api_key: demo, api_version: "2024-10-21", rpm: 1000 }
    model_info: { id: azure-1, input_cost_per_token: 0.00003, output_cost_per_token: 0.00006 }
  - model_name: claude-2
    litellm_params: { model: anthropic/claude-2, api_base: "${upstream.url("anthropic-1")}", api_key: demo, rpm: 1000 }
    model_info: { id: anthropic-1, input_cost_per_token: 0.000008, output_cost_per_token: 0.000024 }
router_settings:
  num_retries: 2
  fallbacks:
    - gpt-4: [claude-2]
`;
}

/** Starts scripted vendors within this process, and returns a configuration that uses them. */
export async function startDemo(): Promise<Demo> {
  const upstream = await startUpstream();
  for (const host of ["openai-1", "openai-2", "azure-1", "anthropic-1"]) {
    upstream.script(
      { host },
      { text: `Hello! This is ${host}, a scripted stand-in for a vendor. `, delayMs: 20, gapMs: 15 },
    );
  }
  return { yaml: yamlFor(upstream), close: () => upstream.close() };
}
