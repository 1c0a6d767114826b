import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createGateway } from "@modelyard/gateway";
import { createNodeServer } from "@modelyard/gateway/node";
import { startUpstream, type Upstream } from "@modelyard/testing";
import { routerFromYaml } from "modelyard";
import { type WireName, wireNames } from "./cells.js";
import { scriptModel } from "./scripted-model.js";

/** The proxy with its HTTP server, in front of one scripted vendor of each wire. */
export interface Proxy {
  /** Without `/v1`. */
  readonly origin: string;
  readonly key: string;
  readonly upstream: Upstream;
  /**
   * Makes the vendors answer as the scripted model again, and forgets their calls.
   * @throws if a vendor was asked on another wire than its own
   */
  reset(): void;
  close(): Promise<void>;
}

/** What the names of models begin with. Clients, and the tests of `llm-comply`, recognize what models can do by that. */
export type Family = "claude-sonnet-4-5" | "gpt-5.4";

/** The model group that a vendor of this wire serves. */
export function modelName(family: Family, vendor: WireName): string {
  return `${family}-on-${vendor}`;
}

/** A deployment's model and address, for a vendor that speaks the wire. */
const deployments: Readonly<Record<WireName, (url: string) => { readonly model: string; readonly api_base: string }>> =
  {
    chat: (url) => ({ model: "custom_openai/scripted-model", api_base: `${url}/v1` }),
    responses: (url) => ({ model: "openai/responses/gpt-5.4", api_base: `${url}/v1` }),
    messages: (url) => ({ model: "anthropic/claude-sonnet-4-5", api_base: url }),
  };

/** The wire that an operation is a part of, such as `responses` for `responses_compact`. */
function wireOf(operation: string): string {
  return wireNames.find((wire) => operation.startsWith(wire)) ?? operation;
}

/** The name of a vendor's host. It must not be one of the vendor's paths. */
function hostOf(wire: string): string {
  return `${wire}-vendor`;
}

export interface ProxyOptions {
  /** Whether fields that a vendor does not know are dropped and reported, instead of refused. @defaultValue false */
  readonly dropParams?: boolean;
}

export async function startProxy({ dropParams = false }: ProxyOptions = {}): Promise<Proxy> {
  const upstream = await startUpstream();
  const key = "sk-conformance";
  const families: readonly Family[] = ["claude-sonnet-4-5", "gpt-5.4"];
  const configuration = {
    model_list: wireNames.flatMap((wire) =>
      families.map((family) => ({
        model_name: modelName(family, wire),
        litellm_params: { ...deployments[wire](upstream.url(hostOf(wire))), api_key: "vendor-key" },
      })),
    ),
    // What a vendor answers must reach the caller, also if it is a failure.
    router_settings: { num_retries: 0, disable_cooldowns: true },
    litellm_settings: { drop_params: dropParams },
    general_settings: { master_key: key },
  };
  const yaml = await routerFromYaml(JSON.stringify(configuration), { env: {} });
  const { server, drain } = createNodeServer(createGateway(yaml.router, { masterKey: yaml.config.proxy.masterKey }));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const reset = (): void => {
    const wrong = upstream.calls.find(({ host, operation }) => host !== hostOf(wireOf(operation)));
    upstream.reset();
    scriptModel(upstream);
    if (wrong !== undefined) throw new Error(`${wrong.host} was asked for ${wrong.operation}.`);
  };
  reset();
  return {
    origin: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    key,
    upstream,
    reset,
    close: async () => {
      await drain(0);
      await yaml.close();
      await upstream.close();
    },
  };
}
