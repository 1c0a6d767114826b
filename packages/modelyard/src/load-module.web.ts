import { showPath } from "@modelyard/config-yaml";
import type * as node from "./load-module.js";

/** @throws an error that `moduleIssue` gives its place */
export const loadModule: typeof node.loadModule = async ({ noun }, { name }) => {
  throw new Error(
    `${name} cannot be loaded on this platform. Import the ${noun}, and pass it to createRouter, or to routerFromYaml if it has an option for it.`,
  );
};

/** The error at the place of the module's name. */
export const moduleIssue: typeof node.moduleIssue = (thrown, { module }, config) => ({
  ...config.sourceOf(module),
  path: showPath(module),
  message: thrown instanceof Error ? thrown.message : String(thrown),
});
