import type * as node from "./callback-packages.js";

type Packages = typeof node.callbackPackages;

async function load(): Promise<never> {
  throw new Error("This callback needs Node.");
}

/** None of them is ever loaded, because {@link missingCallbacks} finds them all. */
export const callbackPackages: { readonly [Name in keyof Packages]: Pick<Packages[Name], "load"> } = {
  prometheus: { load },
  langfuse: { load },
  sentry: { load },
  otel: { load },
};

/** All callbacks that a file can name are missing, because the vendors' SDKs need Node. */
export const missingCallbacks: typeof node.missingCallbacks = async (places) =>
  [...places]
    .filter(([callback]) => Object.hasOwn(callbackPackages, callback))
    .map(([callback, place]) => {
      const message = `the callback "${callback}" needs Node. Remove it, or pass a callback of your own in the option callbacks.`;
      return { callback, issue: { ...place, message } };
    });
