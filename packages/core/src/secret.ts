/**
 * A value that must not be shown, such as an API key or a password. Printing, logging, stringifying or inspecting it
 * shows a placeholder. Only {@link Secret.reveal} returns the text, and only code that sends it should call that.
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** Wraps a string. A secret or `undefined` is returned as it is. */
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
