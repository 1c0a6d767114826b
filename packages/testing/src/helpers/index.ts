export { ConditionWatch } from "./condition-watch.js";
export { failure } from "./failure.js";
export { type FailureRecorder, failureRecorder } from "./failure-recorder.js";
export {
  deploymentOptions,
  type Harness,
  type HarnessDefaults,
  type HarnessedRouter,
  type HarnessOptions,
  routerHarness,
} from "./router-harness.js";
export { nextTurn, turnsUntil } from "./turns.js";
