import { sha256 } from "./stable-id.js";

/** The size of the blocks that SHA-256 works on. */
const blockBytes = 64;

/**
 * The HMAC-SHA-256 of a message. Synchronous, unlike the platform's, and as fast for short messages.
 * @param key - of any length
 * Source: RFC 2104.
 */
export function hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array {
  const block = new Uint8Array(blockBytes);
  block.set(key.length > blockBytes ? sha256(key) : key);
  const inner = padded(block, 0x36, message);
  return sha256(padded(block, 0x5c, sha256(inner)));
}

function padded(key: Uint8Array, pad: number, rest: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(blockBytes + rest.length);
  for (let index = 0; index < blockBytes; index += 1) bytes[index] = (key[index] as number) ^ pad;
  bytes.set(rest, blockBytes);
  return bytes;
}
