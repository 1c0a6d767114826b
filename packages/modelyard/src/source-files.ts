import { type BigIntStats, readFileSync, statSync } from "node:fs";
import { stat } from "node:fs/promises";

function stamp({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join("/");
}

const absent = "absent";
/** A file of another encoding, such as UTF-16 from a Windows shell, would be read as something that it does not say. */
const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * The files that one configuration was read from, each with how it stood just before it was read: whatever changes
 * later shows, however it is done (in place, by renaming, by moving a symbolic link).
 */
export class SourceFiles {
  readonly #stamps = new Map<string, string>();

  /** @throws as `readFileSync` and a strict `TextDecoder` do; the file counts as read all the same, so that its arrival shows */
  read(path: string): string {
    this.#stamps.set(path, absent);
    this.#stamps.set(path, stamp(statSync(path, { bigint: true })));
    return utf8.decode(readFileSync(path));
  }

  /** How files that changed since they were read stand now, as a text to compare; `undefined`: none did. */
  async changed(): Promise<string | undefined> {
    const now = await Promise.all(
      [...this.#stamps].map(async ([path, before]) => {
        let after = absent;
        try {
          after = stamp(await stat(path, { bigint: true }));
        } catch {
          // It is away, which is a state like any other.
        }
        return after === before ? "" : `${path} ${after}`;
      }),
    );
    const differences = now.filter((line) => line !== "");
    return differences.length === 0 ? undefined : differences.join("\n");
  }
}
