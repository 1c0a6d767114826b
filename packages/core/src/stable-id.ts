/**
 * The SHA-256 of a text in UTF-8, in hexadecimal. Synchronous, unlike the platform's. It takes about 10 microseconds
 * for a kilobyte; for texts of more than tens of kilobytes, the platform's is faster. Source: FIPS 180-4.
 */
export function sha256Hex(text: string): string {
  return Array.from(digest(encoder.encode(text)), (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}

/** The SHA-256 of bytes. Synchronous, unlike the platform's. */
export function sha256(message: Uint8Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(32));
  for (const [index, word] of digest(message).entries()) view.setInt32(index * 4, word);
  return new Uint8Array(view.buffer);
}

const encoder = /* @__PURE__ */ new TextEncoder();

function digest(message: Uint8Array): Int32Array {
  const whole = message.length & ~63;
  const state = Int32Array.from(initial);
  for (let offset = 0; offset < whole; offset += 64) compress(state, message, offset);
  const tail = new Uint8Array(message.length - whole < 56 ? 64 : 128);
  tail.set(message.subarray(whole));
  tail[message.length - whole] = 0x80;
  const view = new DataView(tail.buffer);
  view.setUint32(tail.length - 8, Math.floor(message.length / 0x2000_0000));
  view.setUint32(tail.length - 4, (message.length << 3) >>> 0);
  for (let offset = 0; offset < tail.length; offset += 64) compress(state, tail, offset);
  return state;
}

/** Used by all calls of {@link compress}, since they neither wait nor nest. */
const words = /* @__PURE__ */ new Int32Array(64);

const int32 = (value: number): number => value & -1;
const at = (list: Int32Array | Uint8Array, index: number): number => list[index] as number;

/** Processes one block of 64 bytes. More readable code than plain variables and indices takes ten times as long. */
function compress(state: Int32Array, bytes: Uint8Array, offset: number): void {
  for (let index = 0, from = offset; index < 16; index += 1, from += 4) {
    words[index] =
      (at(bytes, from) << 24) | (at(bytes, from + 1) << 16) | (at(bytes, from + 2) << 8) | at(bytes, from + 3);
  }
  for (let index = 16; index < 64; index += 1) {
    const early = at(words, index - 15);
    const late = at(words, index - 2);
    const first = ((early >>> 7) | (early << 25)) ^ ((early >>> 18) | (early << 14)) ^ (early >>> 3);
    const second = ((late >>> 17) | (late << 15)) ^ ((late >>> 19) | (late << 13)) ^ (late >>> 10);
    words[index] = at(words, index - 16) + first + at(words, index - 7) + second;
  }
  let a = at(state, 0);
  let b = at(state, 1);
  let c = at(state, 2);
  let d = at(state, 3);
  let e = at(state, 4);
  let f = at(state, 5);
  let g = at(state, 6);
  let h = at(state, 7);
  for (let index = 0; index < 64; index += 1) {
    const sum1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const added = int32(h + sum1 + ((e & f) ^ (~e & g)) + at(constants, index) + at(words, index));
    const sum0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const majority = (a & b) ^ (a & c) ^ (b & c);
    h = g;
    g = f;
    f = e;
    e = int32(d + added);
    d = c;
    c = b;
    b = a;
    a = int32(added + sum0 + majority);
  }
  state.set([
    at(state, 0) + a,
    at(state, 1) + b,
    at(state, 2) + c,
    at(state, 3) + d,
    at(state, 4) + e,
    at(state, 5) + f,
    at(state, 6) + g,
    at(state, 7) + h,
  ]);
}

/** The first 32 bits of the fractional parts of the roots of the first primes. */
function primeRoots(count: number, root: (prime: number) => number): Int32Array {
  const primes: number[] = [];
  for (let candidate = 2; primes.length < count; candidate += 1) {
    if (primes.every((prime) => candidate % prime !== 0)) primes.push(candidate);
  }
  return Int32Array.from(primes, (prime) => int32((root(prime) % 1) * 2 ** 32));
}

const initial = /* @__PURE__ */ primeRoots(8, Math.sqrt);
const constants = /* @__PURE__ */ primeRoots(64, Math.cbrt);

/**
 * A short id for settings: the same settings have the same id in every process, and the id does not reveal them.
 * @param settings - JSON data; the order of its keys does not matter
 * @returns 20 hex digits
 */
export function stableId(settings: unknown): string {
  return sha256Hex(canonicalJson(settings)).slice(0, 20);
}

/**
 * Whether an id is a fingerprint of settings, and thus means nothing to people. A number distinguishes equal
 * deployments.
 */
export function isStableId(id: string): boolean {
  return /^[\da-f]{20}(?:-\d+)?$/u.test(id);
}

/**
 * JSON with sorted keys. Data that would be sent as the same JSON, apart from the order of keys, gives the same text;
 * other data gives a different one. Objects with a `toJSON` method, such as dates, count as what it returns.
 */
export function canonicalJson(value: unknown): string {
  if (leftOut.has(typeof value)) return "null";
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const fields = value as Readonly<Record<string, unknown>>;
  if (typeof fields["toJSON"] === "function") return canonicalJson((value as { toJSON(): unknown }).toJSON());
  const members = Object.keys(fields)
    .filter((key) => !leftOut.has(typeof fields[key]))
    .toSorted()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(fields[key])}`);
  return `{${members.join(",")}}`;
}

const leftOut: ReadonlySet<string> = /* @__PURE__ */ new Set(["undefined", "function", "symbol"]);
