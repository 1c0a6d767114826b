import type { CallOptions } from "../call-options.js";
import type { DeploymentOptions, GroupOptions, RouterConfig } from "../config.js";
import { choice, fault, list, map, type Rule, type RulesOf, shape } from "../options/index.js";
import { kindRules } from "./rule-of-kind.js";
import type { Place, Setting } from "./setting.js";
import { partsOf, rowsAt } from "./table.js";

/** The types of the options at each place. */
export interface OptionsAt {
  readonly router: RouterConfig;
  readonly group: GroupOptions;
  readonly deployment: DeploymentOptions;
  readonly call: CallOptions;
}

/** The rules of the rows in an object such as `timeouts`, or of the rows outside of objects. */
function rulesIn(place: Place, parent: string | undefined): Record<string, Rule> {
  return Object.fromEntries(
    rowsAt(place)
      .filter(([name]) => partsOf(name).parent === parent)
      .map(([name, setting]) => [partsOf(name).key, ruleOf(name, setting, place)]),
  );
}

function ruleOf(name: string, setting: Setting, place: Place): Rule {
  const kind = place === "call" ? (setting.call?.kind ?? setting.kind) : setting.kind;
  switch (kind) {
    case "object":
      return shape(rulesIn(place, name));
    case "objectOrOff":
      return objectOrOff(shape(rulesIn(place, name)));
    case "groups":
      return map(shape<GroupOptions>(rulesFor("group")));
    case "deployments":
      return deployments;
    case "choice":
      return choice(setting.choices ?? []);
    default:
      return kindRules[kind];
  }
}

function objectOrOff(rule: Rule): Rule {
  return (value, path) => {
    if (value === false) return undefined;
    return value === true
      ? fault(path, "true is not a valid budget.", "Omit it for the default, or write { share: 0.2 }.")
      : rule(value, path);
  };
}

const deployment = shape<DeploymentOptions>(rulesFor("deployment"), { required: ["modelName", "model"] });

const deployments: Rule = (value, path) =>
  value === undefined || (Array.isArray(value) && value.length === 0)
    ? fault(
        path,
        "at least one deployment is required.",
        'Add one, e.g. { modelName: "gpt-4", model: "openai/gpt-4" }.',
      )
    : list(deployment)(value, path);

/** The rules for the options at a place. The table has a row for every key, so none can be missing. */
export function rulesFor<At extends Place>(place: At): RulesOf<OptionsAt[At]> {
  return rulesIn(place, undefined) as RulesOf<OptionsAt[At]>;
}
