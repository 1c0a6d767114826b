import { operationNames } from "../operations.js";
import type { Provider } from "../provider.js";
import { identity } from "./identity.js";
import { part } from "./part.js";
import { choice, fault, list, type Rule, shown } from "./rules.js";

const providerPart = part<Provider>({
  what: "a provider",
  example: "openai()",
  methods: ["call"],
  mayHave: ["validate", "close"],
  texts: ["name"],
  lists: ["operations"],
});

export const provider: Rule = (value, path) => {
  const found = providerPart(value, path);
  if (found !== undefined) return found;
  const { operations, specVersion } = value as Omit<Provider, "specVersion"> & { readonly specVersion?: unknown };
  if (specVersion !== undefined && specVersion !== 1)
    return fault(`${path}.specVersion`, `version ${shown(specVersion)} is not supported.`, "Update the router.");
  return identity(value, path) ?? list(choice(operationNames))(operations, `${path}.operations`);
};
