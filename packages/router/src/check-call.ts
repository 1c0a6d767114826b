import { type CallOptions, createError, isJsonObject, operations } from "@modelyard/core";
import { choice, type Fault, fault, kindOf, noSuchOption, type Rule } from "@modelyard/core/options";
import { rulesFor } from "@modelyard/core/settings";

const isOperation = choice(Object.keys(operations));

const byKey = new Map<string, Rule>(Object.entries<Rule>(rulesFor("call")));

/**
 * What code gave for one call. It costs a look-up and a comparison or two for each option that is there.
 * @throws `bad_request` naming what cannot be read
 */
export function checkCall(operation: string, request: unknown, options: CallOptions | undefined): void {
  const unknown = Object.hasOwn(operations, operation) ? undefined : isOperation(operation, "operation");
  if (unknown !== undefined) refuse(unknown);
  if (!isJsonObject(request))
    refuse(fault("request", `expected an object, got ${kindOf(request)}.`, 'Write { model: "gpt-4", ... }.'));
  if (options === undefined) return;
  if (!isJsonObject(options)) refuse(fault("options", `expected an object, got ${kindOf(options)}.`));
  for (const key in options) {
    const value = options[key as keyof CallOptions];
    const rule = byKey.get(key);
    const found =
      rule === undefined ? noSuchOption(key, key, byKey.keys()) : value === undefined ? undefined : rule(value, key);
    if (found !== undefined) refuse(found);
  }
}

function refuse({ path, problem, fix }: Fault): never {
  throw createError({ kind: "bad_request", param: path, message: `${path}: ${problem} ${fix}` });
}
