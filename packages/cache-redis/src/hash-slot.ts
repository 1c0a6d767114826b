/** CRC-16/XMODEM, as a Cluster counts. Source: Redis Cluster specification, appendix A. */
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

/** The slot of a Cluster that a key lies in: of what is between the first braces, else of the whole key. */
export function hashSlot(key: string): number {
  const open = key.indexOf("{");
  const close = key.indexOf("}", open + 1);
  const tag = open !== -1 && close > open + 1 ? key.slice(open + 1, close) : key;
  return crc16(encoder.encode(tag)) % 16_384;
}

/** A name between braces, so that all keys with it lie in one slot. */
export function hashTag(name: string): string {
  return `{${name.replaceAll(/[{}%]/gu, (character) => encodeURIComponent(character))}}`;
}
