import { formatIssue, parseConfig, type ParsedConfig } from "@modelyard/config-yaml";
import type { DeploymentOptions } from "@modelyard/core";
import { invalidOption } from "@modelyard/core/kit";
import { describe, expect, it } from "vitest";
import { withoutInvalid } from "./without-invalid.js";

const entries = (count: number): string =>
  Array.from({ length: count }, (_, index) => {
    const model = index % 4 === 0 ? "good" : "bad";
    return `  - { model_name: a, litellm_params: { model: openai/${model}-${String(index)} } }\n`;
  }).join("");
const read = (count: number): ParsedConfig =>
  parseConfig(`model_list:\n${entries(count)}router_settings: { ignore_invalid_deployments: true }\n`);

const refuse = (position: number): never => {
  throw invalidOption(`modelList[${String(position)}].model`, "it is bad.", "Use a good one.");
};
const isBad = ({ model }: DeploymentOptions): boolean => model.includes("bad");
const probe = (deployment: DeploymentOptions): void => {
  if (isBad(deployment)) refuse(0);
};

describe("a configuration with many invalid deployments", () => {
  it.each([40, 400])(
    "is created twice, not once per deployment, and each deployment is validated once: %d",
    (count) => {
      let made = 0;
      let probed = 0;
      const { config, warnings } = withoutInvalid(
        read(count),
        ({ modelList }) => {
          made += 1;
          const bad = modelList.findIndex(isBad);
          if (bad !== -1) refuse(bad);
        },
        (deployment) => {
          probed += 1;
          probe(deployment);
        },
      );
      expect([made, probed]).toEqual([2, count]);
      expect(config.router.modelList).toHaveLength(count / 4);
      expect(config.entryOf.slice(0, 3)).toEqual([0, 4, 8]);
      expect(warnings).toHaveLength((count / 4) * 3);
      expect(formatIssue(warnings[0]!)).toMatch(
        /^config\.yaml:3:\d+ model_list\[1\]\.litellm_params\.model: it is bad\. Use a good one\. The deployment is skipped\.$/u,
      );
    },
  );

  it.each([40, 400])("is created twice, not once per repeated id: %d", (count) => {
    const list = Array.from({ length: count }, (_, index) => {
      const id = String(Math.floor(index / 4));
      return `  - { model_name: a, model_info: { id: "${id}" }, litellm_params: { model: openai/m, api_key: k } }\n`;
    });
    const repeated = parseConfig(
      `model_list:\n${list.join("")}router_settings: { ignore_invalid_deployments: true }\n`,
    );
    const repeats = (modelList: readonly DeploymentOptions[]): void => {
      const ids = modelList.map(({ id }) => id);
      const second = ids.findIndex((id, index) => ids.indexOf(id) !== index);
      if (second !== -1) throw invalidOption(`modelList[${String(second)}].id`, "duplicate id.", "Choose another.");
    };
    let made = 0;
    const { config, warnings } = withoutInvalid(
      repeated,
      ({ modelList }) => {
        made += 1;
        repeats(modelList);
      },
      (...deployments) => {
        repeats(deployments);
      },
    );
    expect(made).toBe(2);
    expect(config.entryOf.slice(0, 3)).toEqual([0, 4, 8]);
    expect(warnings).toHaveLength((count / 4) * 3);
    expect(formatIssue(warnings[0]!)).toMatch(/ model_list\[1\]\.model_info\.id: duplicate id\. /u);
  });

  it("is refused if no deployment would remain", () => {
    const none = parseConfig(
      `model_list:\n${entries(4).replaceAll("good", "bad")}router_settings: { ignore_invalid_deployments: true }\n`,
    );
    expect(() => withoutInvalid(none, () => refuse(0), probe)).toThrow("The configuration has 4 problems");
  });
});
