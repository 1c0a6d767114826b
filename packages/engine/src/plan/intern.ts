/** Returns one shared object for all equal plain data (docs/internals.md, "A call reads few places in memory"). */
export class Interner {
  readonly #known = new Map<string, unknown>();

  of<Value>(value: Value): Value {
    // `JSON.stringify` writes `Infinity` as null, which no other value in this data is.
    const key = JSON.stringify(value);
    const known = this.#known.get(key);
    if (known !== undefined) return known as Value;
    this.#known.set(key, value);
    return value;
  }
}
