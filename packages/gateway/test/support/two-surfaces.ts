import type { Clock } from "@modelyard/core";
import { systemClock } from "@modelyard/core/kit";
import { createRouter } from "@modelyard/router";
import { deploymentOptions, scriptedProvider, type ScriptedProvider } from "@modelyard/testing";
import { createGateway, type Gateway, type GatewayOptions, openaiSurface } from "../../src/index.js";
import { adapters, type ServedGateway } from "./adapters.js";
import { messagesSurface } from "./messages-surface.js";
import { uploadOf } from "./multipart.js";

/** A gateway that serves OpenAI's surface and that of the tests. */
export interface TwoSurfaces extends ServedGateway {
  readonly provider: ScriptedProvider;
  readonly gateway: Gateway;
}

export function build(
  options: GatewayOptions = {},
  clock: Clock = systemClock,
): Pick<TwoSurfaces, "provider" | "gateway"> {
  const provider = scriptedProvider({ clock });
  const router = createRouter({
    providers: [provider],
    clock,
    numRetries: 0,
    enableTagFiltering: true,
    modelList: [
      deploymentOptions("a"),
      deploymentOptions("free", { modelName: "tagged", tags: ["free"] }),
      deploymentOptions("paid", { modelName: "tagged", tags: ["paid"] }),
    ],
  });
  return { provider, gateway: createGateway(router, { surfaces: [openaiSurface, messagesSurface], ...options }) };
}

/** Serves such a gateway until the end of the test. */
export async function serveTwo(adapter: keyof typeof adapters, options?: GatewayOptions): Promise<TwoSurfaces> {
  const built = build(options);
  return { ...built, ...(await adapters[adapter](built.gateway)) };
}

export const message = { model: "gpt-4", max_tokens: 10, messages: [{ role: "user", content: "hi" }] };

/** An upload of a text, to be answered with a recording. */
export const recordings = "/v1/models/gpt-4/recordings/alto/soft";

export function upload(text: string, headers: Record<string, string> = {}): RequestInit {
  const { body, contentType } = uploadOf(text);
  return { method: "POST", headers: { "content-type": contentType, ...headers }, body: body as BodyInit };
}
