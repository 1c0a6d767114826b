import type * as Zlib from "node:zlib";
import { type Cancellation, joinInTurns } from "@modelyard/core/kit";
import { damaged, decodedTooLarge } from "../body-errors.js";
import type { Decoder, Decoders } from "../http.js";

/** A decoder of `node:zlib`. It works outside of the event loop and returns after each piece. */
type ZlibStream = Zlib.Gunzip | Zlib.Inflate | Zlib.BrotliDecompress;

/** Bytes of one piece. The default of 16 KB makes four times as many turns. */
const chunkSize = 64 * 1024;

/** 8 MB, the largest window that RFC 9659 allows in HTTP. By default, 100 bytes could make Node allocate 128 MB. */
const zstdWindowBits = 23;

function problemOf({ code }: NodeJS.ErrnoException): string {
  if (code === "Z_BUF_ERROR") return "it ends early.";
  if (code === "ZSTD_error_frameParameter_windowTooLarge") return "its window is larger than 8 MB.";
  return "it is damaged, or followed by other bytes.";
}

function decoderOf(encoding: string, open: () => ZlibStream): Decoder {
  return (bytes: Uint8Array, limit: number, cancellation: Cancellation) =>
    new Promise((resolve, reject) => {
      const stream = open();
      const pieces: Uint8Array[] = [];
      let size = 0;
      const fail = (reason: unknown): void => {
        cancellation.remove(fail);
        stream.destroy();
        // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- passed on unchanged
        reject(reason);
      };
      stream.on("data", (piece: Uint8Array) => {
        size += piece.length;
        if (size > limit) fail(decodedTooLarge(limit));
        else pieces.push(piece);
      });
      stream.on("error", (error) => {
        fail(damaged(encoding, problemOf(error)));
      });
      stream.on("end", () => {
        // `node:zlib` ignores what follows the data.
        if (stream.bytesWritten !== bytes.length) {
          fail(damaged(encoding, "it is followed by other bytes."));
          return;
        }
        cancellation.remove(fail);
        resolve(joinInTurns(pieces));
      });
      cancellation.add(fail);
      stream.end(bytes);
    });
}

function createDecoders(zlib: typeof Zlib): Decoders {
  const { createZstdDecompress } = zlib as Partial<Pick<typeof Zlib, "createZstdDecompress">>;
  const decoders = new Map([
    ["gzip", decoderOf("gzip", () => zlib.createGunzip({ chunkSize }))],
    ["deflate", decoderOf("deflate", () => zlib.createInflate({ chunkSize }))],
    ["br", decoderOf("br", () => zlib.createBrotliDecompress({ chunkSize }))],
  ]);
  // From Node 22.15 on.
  if (createZstdDecompress !== undefined) {
    const params = { [zlib.constants.ZSTD_d_windowLogMax]: zstdWindowBits };
    decoders.set(
      "zstd",
      decoderOf("zstd", () => createZstdDecompress({ chunkSize, params })),
    );
  }
  return decoders;
}

let decoders: Decoders | undefined;

/**
 * Node's decoders, which are loaded on first use. `undefined` on Bun and Deno: their `node:zlib` takes zstd data that ends
 * early, and Deno decodes a whole body in one turn of the event loop.
 */
export function zlibDecoders(): Decoders | undefined {
  if (process.versions["bun"] !== undefined || process.versions["deno"] !== undefined) return undefined;
  decoders ??= createDecoders(process.getBuiltinModule("node:zlib"));
  return decoders;
}
