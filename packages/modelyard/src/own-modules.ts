import nodeModule from "node:module";
import { memoryCache, memoryState } from "@modelyard/cache-memory";
import * as core from "@modelyard/core";
import * as kit from "@modelyard/core/kit";
import * as providerKit from "@modelyard/provider-kit";
import * as router from "@modelyard/router";
import * as strategies from "@modelyard/strategies";
import { anthropic, azure, openai, openaiCompatible } from "./registry.js";

type Exports = Readonly<Record<string, unknown>>;

/** Packages that a module of the file may import from this process, if they are not installed next to it. */
const own: Readonly<Record<string, Exports>> = {
  "@modelyard/core": core,
  "@modelyard/core/kit": kit,
  "@modelyard/provider-kit": providerKit,
  "@modelyard/router": router,
  "@modelyard/strategies": strategies,
  modelyard: {
    ...router,
    ...strategies,
    anthropic,
    azure,
    defineProvider: providerKit.defineProvider,
    memoryCache,
    memoryState,
    openai,
    openaiCompatible,
  },
};

const scheme = "modelyard-own:";
const key = Symbol.for("modelyard.own-modules");

/** The source of a module that exports what is already loaded. Only source code can give a module named exports. */
function textOf(name: string): string {
  const names = Object.keys(own[name] ?? {}).filter((exported) => exported !== "default");
  const lines = names.map((exported) => `export const ${exported} = own.${exported};`);
  return [`const own = globalThis[Symbol.for("modelyard.own-modules")][${JSON.stringify(name)}];`, ...lines].join("\n");
}

let provided = false;

/**
 * Lets modules that are loaded from now on import the packages above. A package that is installed next to the module
 * still takes precedence. Platforms without module hooks (Node before 22.15, Bun, Deno) do not support this.
 */
export function provideOwnModules(): void {
  if (provided) return;
  provided = true;
  const hooks: Partial<Pick<typeof nodeModule, "registerHooks">> = nodeModule;
  if (hooks.registerHooks === undefined) return;
  (globalThis as { [key]?: unknown })[key] = own;
  hooks.registerHooks({
    resolve: (specifier, context, nextResolve) => {
      if (!Object.hasOwn(own, specifier)) return nextResolve(specifier, context);
      try {
        return nextResolve(specifier, context);
      } catch (cause) {
        const { code } = cause as { readonly code?: string };
        if (code !== "ERR_MODULE_NOT_FOUND" && code !== "MODULE_NOT_FOUND") throw cause;
        return { url: scheme + specifier, format: "module", shortCircuit: true };
      }
    },
    load: (url, context, nextLoad) =>
      url.startsWith(scheme)
        ? { format: "module", source: textOf(url.slice(scheme.length)), shortCircuit: true }
        : nextLoad(url, context),
  });
}
