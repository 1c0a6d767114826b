/** What is needed of a socket, plain or TLS. */
export interface Wire {
  write(data: string | Uint8Array, encoding?: "latin1" | "utf8"): boolean;
  readonly writableLength: number;
  cork(): void;
  uncork(): void;
  pause(): unknown;
  resume(): unknown;
  ref(): unknown;
  unref(): unknown;
  destroy(): unknown;
  on(event: "error" | "end" | "close", listener: (error?: Error) => void): unknown;
}

export interface WireOptions {
  /** `https:` means TLS. */
  readonly protocol: string;
  readonly host: string;
  readonly port: number;
  /** The connection stands, TLS included. */
  readonly onStanding: () => void;
  /**
   * Something came. The bytes are good until this returns: all connections read into the same memory.
   * @returns whether more may come now
   */
  readonly onBytes: (bytes: Buffer) => boolean;
}

/** Begins a connection. */
export type Connect = (options: WireOptions) => Wire;
