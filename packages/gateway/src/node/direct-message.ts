import type { IncomingMessage } from "node:http";

/** Takes a body piece by piece. */
export interface BodyTaker {
  /** @returns whether it wants more */
  take(piece: Buffer): boolean;
  end(): void;
}

const giveTo = Symbol("giveTo");

interface Direct {
  [giveTo](taker: BodyTaker): boolean;
}

/**
 * Node's class of requests, whose bodies can be had as its parser gives them: the way through a stream, with its buffer,
 * turns and events, costs as much as the rest of a request's reading. What nobody takes goes that way.
 */
export function directMessages(Base: typeof IncomingMessage): typeof IncomingMessage {
  return class DirectMessage extends Base implements Direct {
    #taker: BodyTaker | undefined = undefined;

    [giveTo](taker: BodyTaker): boolean {
      if (this.complete || this.readableLength > 0) return false;
      this.#taker = taker;
      // To Node it is being read: else it would read the rest itself when the answer has left.
      this._read(0);
      return true;
    }

    /** The parser's. */
    override push(piece: Buffer | null, encoding?: BufferEncoding): boolean {
      const taker = this.#taker;
      if (taker === undefined) return super.push(piece, encoding);
      if (piece !== null && taker.take(piece)) return true;
      // The message lasts as long as its answer takes, and what it knows of its body with it.
      this.#taker = undefined;
      if (piece !== null) return super.push(piece);
      taker.end();
      return false;
    }
  };
}

/**
 * Has a taker given the body of a request.
 * @returns false: it can only be read as a stream
 */
export function giveBody(message: IncomingMessage, taker: BodyTaker): boolean {
  return (message as Partial<Direct>)[giveTo]?.(taker) ?? false;
}
