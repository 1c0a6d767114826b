import { describe, expect, it } from "vitest";
import { callbackPackages, isMissing } from "./callback-packages.js";

function failure(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

describe("the package of a callback", () => {
  const { name } = callbackPackages.langfuse;

  it.each([
    ["Node", "ERR_MODULE_NOT_FOUND", `Cannot find package '${name}' imported from /app/index.js`],
    [
      "Node, in a CommonJS module",
      "MODULE_NOT_FOUND",
      `Cannot find module '${name}'\nRequire stack:\n- /app/index.cjs`,
    ],
    ["Bun", "ERR_MODULE_NOT_FOUND", `Cannot find package '${name}' from '/app/index.js'`],
    ["Deno", "ERR_MODULE_NOT_FOUND", `Import "${name}" not a dependency and not in import map`],
  ])("is missing if the platform says so: %s", (_, code, message) => {
    expect(isMissing(name, failure(code, message))).toBe(true);
  });

  it.each([
    [
      "a package that it needs is",
      "ERR_MODULE_NOT_FOUND",
      `Cannot find package '@langfuse/otel' imported from /app/${name}/dist/index.js`,
    ],
    [
      "one of its files is",
      "ERR_MODULE_NOT_FOUND",
      `Cannot find module '/app/node_modules/${name}/dist/index.js' imported from /app/x.js`,
    ],
    ["it cannot be compiled", "ERR_INTERNAL", `'${name}' has a syntax error`],
  ])("is not what is missing if %s", (_, code, message) => {
    expect(isMissing(name, failure(code, message))).toBe(false);
  });
});
