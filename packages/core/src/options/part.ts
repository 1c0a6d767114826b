import { type Fault, fault, kindOf, type Rule, shown } from "./rules.js";

export interface PartOptions<Part> {
  readonly what: string;
  /** A call that creates one, for messages. */
  readonly example: string;
  readonly methods: readonly (keyof Part & string)[];
  /** Optional methods. */
  readonly mayHave?: readonly (keyof Part & string)[];
  readonly texts?: readonly (keyof Part & string)[];
  readonly lists?: readonly (keyof Part & string)[];
}

/** An object made by a factory. The usual mistake is to pass the factory itself. */
export function part<Part>({ what, example, methods, mayHave = [], texts = [], lists = [] }: PartOptions<Part>): Rule {
  const make = `Give ${what}, e.g. ${example}.`;
  return (value, path) => {
    // Every function has a `call`, as providers do, so only its own methods count.
    if (typeof value === "function" && !methods.every((method) => Object.hasOwn(value, method)))
      // Without a factory, calling it would not help.
      return example.includes("(")
        ? uncalled(value, path, what, example)
        : fault(path, `expected ${what}, got a function.`, make);
    if ((typeof value !== "object" && typeof value !== "function") || value === null)
      return fault(path, `expected ${what}, got ${shown(value)}.`, make);
    const fields = value as Readonly<Record<string, unknown>>;
    if (typeof fields["then"] === "function") return fault(path, `expected ${what}, got a promise.`, "Await it.");
    for (const method of methods)
      if (typeof fields[method] !== "function") return fault(path, `it has no method "${method}".`, make);
    for (const method of mayHave)
      if (fields[method] !== undefined && typeof fields[method] !== "function")
        return fault(`${path}.${method}`, `expected a function, got ${kindOf(fields[method])}.`);
    for (const key of texts)
      if (typeof fields[key] !== "string" || fields[key] === "")
        return fault(`${path}.${key}`, "a non-empty string is required.", "Give one.");
    for (const key of lists)
      if (!Array.isArray(fields[key])) return fault(`${path}.${key}`, `expected a list, got ${kindOf(fields[key])}.`);
    return undefined;
  };
}

function uncalled(made: object, path: string, what: string, example: string): Fault {
  const { name } = made as { readonly name?: unknown };
  // An inline function gets its name from the option, so that name is not worth showing.
  const own =
    typeof name === "string" && /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(name) && !path.split(/[.[]/u).includes(name);
  const isClass = own && /^class\b/u.test(Function.prototype.toString.call(made));
  const hint = own ? `Did you mean ${isClass ? "new " : ""}${name}()?` : `Did you forget to call it, as in ${example}?`;
  return fault(path, `expected ${what}, got ${isClass ? "a class" : "a function"}.`, hint);
}
