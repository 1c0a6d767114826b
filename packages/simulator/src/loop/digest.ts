/**
 * A fingerprint of everything that happened: equal for two runs only if they did the same. 53 bits, after cyrb53 (bryc,
 * public domain).
 */
export class Digest {
  #left = 0xdeadbeef;
  #right = 0x41c6ce57;

  add(value: number): void {
    // Whole microseconds need more than 32 bits.
    const low = value >>> 0;
    const high = Math.floor(value / 4_294_967_296) >>> 0;
    this.#mix(low);
    this.#mix(high);
  }

  addText(text: string): void {
    for (let index = 0; index < text.length; index += 1) this.#mix(text.charCodeAt(index));
  }

  get value(): string {
    const left =
      Math.imul(this.#left ^ (this.#left >>> 16), 2_246_822_507) ^
      Math.imul(this.#right ^ (this.#right >>> 13), 3_266_489_909);
    const right =
      Math.imul(this.#right ^ (this.#right >>> 16), 2_246_822_507) ^
      Math.imul(this.#left ^ (this.#left >>> 13), 3_266_489_909);
    const number = 4_294_967_296 * (2_097_151 & right) + (left >>> 0);
    return number.toString(16).padStart(14, "0");
  }

  #mix(part: number): void {
    this.#left = Math.imul(this.#left ^ part, 2_654_435_761);
    this.#right = Math.imul(this.#right ^ part, 1_597_334_677);
  }
}
