import type { DeploymentOptions, GroupOptions, RouterConfig } from "../config.js";
import type { JsonObject } from "../json.js";
import { defaultOf } from "./resolve-config.js";
import type { Kind, Place, Setting } from "./setting.js";
import { rowsAt, settingIn, type SettingName } from "./table.js";

/** What one setting is for a name, and where it was made. */
export interface ExplainedSetting {
  readonly name: SettingName;
  /** What counts. Nothing that may be a secret: of a key it says that there is one, of fields and headers the names. */
  readonly value: unknown;
  /** Where it was made; `default`: nowhere. */
  readonly from: Exclude<Place, "call"> | "default";
}

/** What is written at each place. */
export interface WrittenAt {
  readonly deployment?: DeploymentOptions | undefined;
  readonly group: GroupOptions | undefined;
  readonly router: RouterConfig;
}

/**
 * Kinds that are lists of others, or whose value depends on the name: an `Explanation` has them in fields of its own.
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

/** The settings of a group, or with a `deployment` those that a deployment may have. */
export function explainedSettings(written: WrittenAt): readonly ExplainedSetting[] {
  const own = written.deployment !== undefined;
  const rows = own ? rowsAt("deployment") : [...new Map([...rowsAt("router"), ...rowsAt("group")])];
  return rows
    .filter(([, { kind }]) => !shownElsewhere.has(kind))
    .map(([name, setting]) => explained(name, setting, written));
}
