/**
 * A value that must not be seen: an API key, a password. Printing, logging, stringifying or inspecting it shows a
 * placeholder; only {@link Secret.reveal} gives the text, and only the code that sends it calls that.
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** Wraps text; leaves a secret and `undefined` as they are. */
  static of(value: string | Secret): Secret;
  static of(value: string | Secret | undefined): Secret | undefined;
  static of(value: string | Secret | undefined): Secret | undefined {
    return typeof value === "string" ? new Secret(value) : value;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return "[secret]";
  }

  toJSON(): string {
    return "[secret]";
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return "[secret]";
  }
}
