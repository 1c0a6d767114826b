import { type Fault, fault, kindOf, type Rule, shown } from "./rules.js";

export interface PartOptions<Part> {
  readonly what: string;
  /** How one is made, for messages. */
  readonly example: string;
  readonly methods: readonly (keyof Part & string)[];
  /** Methods that may be left out. */
  readonly mayHave?: readonly (keyof Part & string)[];
  readonly texts?: readonly (keyof Part & string)[];
  readonly lists?: readonly (keyof Part & string)[];
}

/** Something with code in it, made by a factory: the factory itself is what is most often given instead. */
export function part<Part>({ what, example, methods, mayHave = [], texts = [], lists = [] }: PartOptions<Part>): Rule {
  const make = `Give ${what}, e.g. ${example}.`;
  return (value, path) => {
    // Every function has a `call`, as providers do: only methods of its own make it one.
    if (typeof value === "function" && !methods.every((method) => Object.hasOwn(value, method)))
      // What no factory makes is not mended by a call.
      return example.includes("(")
        ? uncalled(value, path, example)
        : fault(path, `it is a function, not ${what}.`, make);
    if ((typeof value !== "object" && typeof value !== "function") || value === null)
      return fault(path, `${shown(value)} is not ${what}.`, make);
    const fields = value as Readonly<Record<string, unknown>>;
    if (typeof fields["then"] === "function") return fault(path, "it is a promise.", "Await it.");
    for (const method of methods)
      if (typeof fields[method] !== "function") return fault(path, `it has no method "${method}".`, make);
    for (const method of mayHave)
      if (fields[method] !== undefined && typeof fields[method] !== "function")
        return fault(`${path}.${method}`, `it is ${kindOf(fields[method])}, not a function.`);
    for (const key of texts)
      if (typeof fields[key] !== "string" || fields[key] === "")
        return fault(`${path}.${key}`, `it is ${fields[key] === "" ? "empty" : kindOf(fields[key])}.`, "Give a text.");
    for (const key of lists)
      if (!Array.isArray(fields[key])) return fault(`${path}.${key}`, `it is ${kindOf(fields[key])}.`, "Give a list.");
    return undefined;
  };
}

function uncalled(made: object, path: string, example: string): Fault {
  const { name } = made as { readonly name?: unknown };
  // A function that was written in place is named after its option, which says nothing.
  const own =
    typeof name === "string" && /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(name) && !path.split(/[.[]/u).includes(name);
  const isClass = own && /^class\b/u.test(Function.prototype.toString.call(made));
  const call = !own ? `Call it, as in ${example}.` : isClass ? `Make one: new ${name}().` : `Call it: ${name}().`;
  return fault(path, `it is ${isClass ? "a class" : "a function"}, not what it makes.`, call);
}
