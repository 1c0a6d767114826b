import type { IncomingMessage } from "node:http";

/** Reads a body piece by piece. */
export interface BodyTaker {
  /** @returns whether it wants more pieces */
  take(piece: Buffer): boolean;
  end(): void;
}

const giveTo = Symbol("giveTo");

interface Direct {
  [giveTo](taker: BodyTaker): boolean;
}

/**
 * Node's class of requests, with bodies that can be read directly from its parser. Reading one through the stream, with
 * its buffer, turns and events, costs as much as all the rest of reading a request. Bodies without a taker are read that
 * way. It overrides `push`, which Node's parser calls for each piece and with `null` at the end. `direct-message.test.ts`
 * fails where a version of Node does that differently, and CI runs it on all supported versions.
 */
export function directMessages(Base: typeof IncomingMessage): typeof IncomingMessage {
  return class DirectMessage extends Base implements Direct {
    #taker: BodyTaker | undefined = undefined;

    [giveTo](taker: BodyTaker): boolean {
      if (this.complete || this.readableLength > 0) return false;
      this.#taker = taker;
      // Node now considers the body as being read. Otherwise it would discard the rest once the answer is sent.
      this._read(0);
      return true;
    }

    /** Called by the parser. */
    override push(piece: Buffer | null, encoding?: BufferEncoding): boolean {
      const taker = this.#taker;
      if (taker === undefined) return super.push(piece, encoding);
      if (piece !== null && taker.take(piece)) return true;
      // The message lives as long as its answer takes, and would keep the body in memory.
      this.#taker = undefined;
      if (piece !== null) return super.push(piece);
      taker.end();
      return false;
    }
  };
}

/**
 * Passes the body of a request to a taker.
 * @returns whether it does; if not, the body can only be read as a stream
 */
export function giveBody(message: IncomingMessage, taker: BodyTaker): boolean {
  return (message as Partial<Direct>)[giveTo]?.(taker) ?? false;
}
