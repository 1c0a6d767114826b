/** CRC-16/XMODEM, which a Cluster hashes keys with. Source: Redis Cluster specification, appendix A. */
function crc16(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ 0x1021;
    crc &= 0xffff;
  }
  return crc;
}

const encoder = new TextEncoder();

/** The Cluster slot of a key: the hash of the part in its first braces, or of the whole key if there is none. */
export function hashSlot(key: string): number {
  const open = key.indexOf("{");
  const close = key.indexOf("}", open + 1);
  const tag = open !== -1 && close > open + 1 ? key.slice(open + 1, close) : key;
  return crc16(encoder.encode(tag)) % 16_384;
}

/** Puts a name in braces, so that all keys that contain it are in the same slot. */
export function hashTag(name: string): string {
  return `{${name.replaceAll(/[{}%]/gu, (character) => encodeURIComponent(character))}}`;
}
