import type { DeploymentOptions, GroupOptions, RouterConfig } from "../config.js";
import type { JsonObject } from "../json.js";
import { defaultOf } from "./resolve-config.js";
import type { Kind, Place, Setting } from "./setting.js";
import { rowsAt, settingIn, type SettingName } from "./table.js";

/** The value of one setting for a name, and where it was set. */
export interface ExplainedSetting {
  readonly name: SettingName;
  /** The value in effect, without secrets: for a key, whether there is one; for fields and headers, their names. */
  readonly value: unknown;
  /** Where it was set. `default`: nowhere. */
  readonly from: Exclude<Place, "call"> | "default";
}

/** The options at each place. */
export interface WrittenAt {
  readonly deployment?: DeploymentOptions | undefined;
  readonly group: GroupOptions | undefined;
  readonly router: RouterConfig;
}

/**
 * Kinds that are lists of other settings, or whose value depends on the name. An `Explanation` has separate fields for
 * them.
 */
const shownElsewhere: ReadonlySet<Kind> = new Set<Kind>([
  "object",
  "objectOrOff",
  "deployments",
  "groups",
  "aliases",
  "routingGroups",
  "fallbacks",
  "fallbackList",
  "groupRetryPolicies",
  "groupName",
]);

function withoutSecrets({ kind }: Setting, value: unknown): unknown {
  if (value === undefined) return undefined;
  switch (kind) {
    case "apiKey":
      return "set";
    case "headers":
    case "fields":
    case "requestFields":
      return Object.keys(value as JsonObject);
    case "address":
      return new URL(value as string).origin;
    default:
      return value;
  }
}

const fromNarrow = ["deployment", "group", "router"] as const;

function explained(name: SettingName, setting: Setting, written: WrittenAt): ExplainedSetting {
  const from = fromNarrow.find(
    (place) => setting[place] !== undefined && settingIn(written[place], name) !== undefined,
  );
  const value = from === undefined ? defaultOf(setting, written.router) : settingIn(written[from], name);
  return { name, value: withoutSecrets(setting, value), from: from ?? "default" };
}

/** The settings of a group or, with a `deployment`, those of the deployment. */
export function explainedSettings(written: WrittenAt): readonly ExplainedSetting[] {
  const own = written.deployment !== undefined;
  const rows = own ? rowsAt("deployment") : [...new Map([...rowsAt("router"), ...rowsAt("group")])];
  return rows
    .filter(([, { kind }]) => !shownElsewhere.has(kind))
    .map(([name, setting]) => explained(name, setting, written));
}
