import type { Provider } from "@modelyard/core";
import { strategyNames } from "@modelyard/strategies";
import { fault, kindOf, provider, type Rule, shown, strategy as aStrategy } from "@modelyard/core/options";

export { callback, clock, cooldown, filter, logger, random, responseCache, sharedState } from "@modelyard/core/options";

export const strategy: Rule = (value, path) =>
  typeof value === "string" && strategyNames.includes(value)
    ? fault(path, `expected a strategy, got its name.`, `Write createStrategy(${shown(value)}).`)
    : aStrategy(value, path);

export const providers: Rule = (value, path) => {
  if (value === undefined || (Array.isArray(value) && value.length === 0))
    return fault(path, "at least one provider is required.", "Write e.g. providers: [openai()].");
  if (!Array.isArray(value))
    return fault(path, `expected a list, got ${kindOf(value)}.`, "Write providers: [openai()].");
  const seen = new Set<string>();
  for (const [position, entry] of value.entries()) {
    const at = `${path}[${String(position)}]`;
    const found = provider(entry, at);
    if (found !== undefined) return found;
    const { name } = entry as Provider;
    if (seen.has(name)) return fault(at, `"${name}" is registered twice.`, "Remove one.");
    seen.add(name);
  }
  return undefined;
};
