import type { RequestHead, SurfaceAnswer } from "@modelyard/core/kit";
import { json } from "./answers.js";
import { healthAnswer } from "./health.js";
import { modelInfo } from "./model-info.js";
import type { GatewayServices } from "./services.js";

interface OwnRoute {
  readonly path: string;
  readonly open: boolean;
  answer(head: RequestHead): SurfaceAnswer;
}

/** The gateway's own routes, all of them `GET`: probes, health and state, with LiteLLM's paths where it has them. */
export function ownRoutes(services: GatewayServices): readonly OwnRoute[] {
  const { engine } = services;
  const alive = (): SurfaceAnswer => json(200, { status: "alive" });
  const info = (head: RequestHead): SurfaceAnswer => modelInfo(engine, head);
  return [
    { path: "/model/info", open: false, answer: info },
    { path: "/v1/model/info", open: false, answer: info },
    // Some clients first send a HEAD to the address that they were given.
    { path: "/", open: true, answer: alive },
    { path: "/health/liveliness", open: true, answer: alive },
    { path: "/health/liveness", open: true, answer: alive },
    { path: "/health/readiness", open: true, answer: () => readiness(services) },
    { path: "/health", open: false, answer: (head) => healthAnswer(engine, head) },
    { path: "/router/state", open: false, answer: () => json(200, engine.state(), { "cache-control": "no-store" }) },
  ];
}

/** Stays 200 while shared state is away, because calls go on with local limits. */
function readiness({ draining, engine }: GatewayServices): SurfaceAnswer {
  if (draining) return json(503, { status: "draining" }, { "retry-after": "5" });
  const { shared } = engine.state();
  if (shared === undefined) return json(200, { status: "healthy" });
  return json(200, { status: "healthy", shared_state: shared.available ? "available" : "away" });
}
