/** Returns one shared object for all equal objects of plain numbers (docs/internals.md, "A call reads few places in memory"). */
export class Interner {
  readonly #known = new Map<string, unknown>();

  of<Value>(value: Value): Value {
    // `Infinity` is serialized as null, which is distinct from every number.
    const key = JSON.stringify(value);
    const known = this.#known.get(key);
    if (known !== undefined) return known as Value;
    this.#known.set(key, value);
    return value;
  }
}
