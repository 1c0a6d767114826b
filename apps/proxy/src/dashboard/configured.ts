import type { JsonObject, Secret } from "@modelyard/core";
import { scrub } from "@modelyard/core/kit";
import type { Configured, ConfiguredValue } from "@modelyard/dashboard/data";
import type { YamlRouter } from "modelyard";
import { explained } from "../explain/explain.js";
import { place } from "../explain/explain-report.js";
import { deploymentRows, groupRows } from "../explain/explain-rows.js";
import type { Row } from "../explain/setting-rows.js";
import { secretsOfDeployments } from "../log/secrets-of.js";

/** What a request is like, without its content. */
export interface RequestShape {
  /** The approximate length of the prompt. */
  readonly tokens: number;
  readonly stream: boolean;
  readonly tools: boolean;
  readonly image: boolean;
  readonly tags: readonly string[];
}

const longestPrompt = 1_000_000;
const pixel = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=";

function requestOf({ tokens, stream, tools, image }: RequestShape): JsonObject {
  const text = "word ".repeat(Math.min(tokens, longestPrompt));
  const content = image
    ? [
        { type: "text", text },
        { type: "image_url", image_url: { url: pixel } },
      ]
    : text;
  const tool = { type: "function", function: { name: "example", parameters: { type: "object", properties: {} } } };
  return {
    messages: [{ role: "user", content }],
    ...(stream ? { stream } : {}),
    ...(tools ? { tools: [tool] } : {}),
  };
}

/** @param secrets - removed from the values, which the command shows only to people who can read the file */
function values(rows: readonly Row[], secrets: readonly Secret[]): readonly ConfiguredValue[] {
  return rows.map(({ label, value, origin }) => ({ label, value: scrub(value, secrets), origin: place(origin) }));
}

/** What the configuration in use means for a name, and which deployments would serve a request of some shape now. */
export function configured(yaml: YamlRouter, name: string, shape: RequestShape): Configured {
  const found = explained(yaml, name, { request: requestOf(shape), options: { tags: shape.tags } });
  return {
    name,
    found: found.found,
    hint: found.hint,
    group: found.group,
    values: found.found ? values(groupRows(found), []) : [],
    deployments: found.deployments.map((deployment) => ({
      id: deployment.id,
      title: `${deployment.provider}/${deployment.model}${deployment.host === undefined ? "" : ` at ${deployment.host}`}`,
      rejection: deployment.rejection,
      values: values(
        deploymentRows(deployment),
        secretsOfDeployments(yaml.config.router.modelList.slice(deployment.position, deployment.position + 1)),
      ),
    })),
    fallbacks: found.fallbacks.general,
  };
}
