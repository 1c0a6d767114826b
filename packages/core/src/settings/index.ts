/** One row for every setting, and what is derived from the rows. */
export { type ExplainedSetting, explainedSettings } from "./explained-settings.js";
export { dropFields, type FieldPath, parseFieldPath } from "./field-path.js";
export { linearPattern, PatternError } from "./linear-pattern.js";
export { acceptedTypes, affinityKeys, kindRules } from "./rule-of-kind.js";
export { resolveConfig, type ResolvedConfig } from "./resolve-config.js";
export { type OptionsAt, rulesFor } from "./rules-for.js";
export {
  type CallPlace,
  type FilePaths,
  type Kind,
  type KindValues,
  type Place,
  places,
  type Setting,
  unitOf,
} from "./setting.js";
export {
  partsOf,
  rowsAt,
  settingGroups,
  settingIn,
  type SettingName,
  settingRows,
  type Settings,
  settings,
} from "./table.js";
