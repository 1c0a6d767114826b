import type { Engine } from "@modelyard/core";
import { type DeploymentState, type RequestHead, showInstant, type SurfaceAnswer } from "@modelyard/core/kit";
import { json } from "./answers.js";
import { findModel, unknownModel } from "./models.js";

/**
 * The deployments that a request asks for: the one with the id in `?model_id=`, those of the group, alias or vendor's
 * model in `?model=`, or all.
 * @throws `model_not_found` if there are none
 */
function asked(engine: Engine, request: RequestHead): readonly DeploymentState[] {
  const all = engine.state().groups.flatMap((group) => group.deployments);
  const id = request.query?.("model_id");
  if (id !== undefined) {
    const one = all.filter((deployment) => deployment.id === id);
    if (one.length > 0) return one;
    const ids = all.map((deployment) => deployment.id);
    throw unknownModel(id, ids, "model_id");
  }
  const name = request.query?.("model");
  if (name === undefined) return all;
  const group = findModel(engine, name)?.group;
  const some = all.filter((deployment) =>
    group === undefined ? `${deployment.provider}/${deployment.model}` === name : deployment.group === group,
  );
  if (some.length > 0) return some;
  const names = engine.models().map((entry) => entry.id);
  throw unknownModel(name, names, "model");
}

function brief({ id, group, model, health, reason, until }: DeploymentState): object {
  const time = until === undefined ? undefined : showInstant(until);
  return { id, group, model, health, reason, until: time };
}

/**
 * `GET /health`: which deployments can serve, and which are in cooldown, why and until when. No vendor is called.
 * @throws `model_not_found`
 */
export function healthAnswer(engine: Engine, request: RequestHead): SurfaceAnswer {
  const deployments = asked(engine, request);
  const healthy = deployments.filter(
    (deployment) => deployment.health === "healthy" || deployment.health === "recovering",
  );
  const unhealthy = deployments.filter((deployment) => !healthy.includes(deployment));
  return json(200, {
    healthy_endpoints: healthy.map(brief),
    unhealthy_endpoints: unhealthy.map(brief),
    healthy_count: healthy.length,
    unhealthy_count: unhealthy.length,
  });
}
