import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync, statSync } from "node:fs";
import { stat } from "node:fs/promises";
import { UnreadableFile } from "@modelyard/config-yaml";

/** As long as the text of a configuration may be; a strategy's module is far shorter. */
const mostBytes = 4 * 1024 * 1024;

const problems: Readonly<Record<string, readonly [problem: string, remedy: string]>> = {
  ENOENT: ["there is no such file.", "Check the path."],
  EISDIR: ["it is a folder, not a file.", "Check the path."],
  ELOOP: ["it is a circular symbolic link.", "Correct the link."],
  EACCES: ["permission denied.", "Check its permissions."],
  ENXIO: ["it is not a regular file.", "Check the path."],
};

const notRegular = (): UnreadableFile => new UnreadableFile("it is not a regular file.", "Check the path.");
const tooLong = (): UnreadableFile =>
  new UnreadableFile(`it is longer than ${String(mostBytes / 1024 / 1024)} MB.`, "Check the path, or split the file.");

function stamp(stats: BigIntStats): string {
  const { dev, ino, size, mtimeNs, ctimeNs } = stats;
  // Devices and pipes change all the time; what matters of them is that they are still there.
  return stats.isFile() ? [dev, ino, size, mtimeNs, ctimeNs].join("/") : `other/${[dev, ino].join("/")}`;
}

const absent = "absent";
/** A file of another encoding, such as UTF-16 from a Windows shell, would be read as something that it does not say. */
const utf8 = new TextDecoder("utf-8", { fatal: true });

function assertReadable(stats: BigIntStats): void {
  if (stats.isDirectory()) throw new UnreadableFile("it is a folder, not a file.", "Check the path.");
  if (!stats.isFile()) throw notRegular();
  if (stats.size > mostBytes) throw tooLong();
}

/** Not more than is allowed, whatever its size was said to be: files of `/proc` say 0, and others grow. */
function readBounded(descriptor: number): Uint8Array {
  const buffer = new Uint8Array(mostBytes + 1);
  let length = 0;
  for (;;) {
    const count = readSync(descriptor, buffer, length, buffer.length - length, null);
    length += count;
    if (length > mostBytes) throw tooLong();
    if (count === 0) return buffer.subarray(0, length);
  }
}

/** What was read, and the state of each file at that time: plain data, which another process can take over. */
export interface SourceFilesData {
  readonly texts: ReadonlyMap<string, string>;
  readonly stamps: ReadonlyMap<string, string>;
}

/**
 * The files that one configuration was read from, each with how it stood when it was read: whatever changes later shows,
 * however it is done (in place, by renaming, by moving a symbolic link).
 */
export class SourceFiles {
  readonly #stamps: Map<string, string>;
  readonly #texts: Map<string, string>;
  readonly #lastGood: ReadonlyMap<string, string> | undefined;

  /**
   * @param lastGood - contents to use instead of the current files; changes to the files are still noticed
   * @param read - what has been read before, in another process
   */
  constructor(lastGood?: ReadonlyMap<string, string>, read?: SourceFilesData) {
    this.#lastGood = lastGood;
    this.#stamps = new Map(read?.stamps);
    this.#texts = new Map(read?.texts);
  }

  get data(): SourceFilesData {
    return { texts: this.#texts, stamps: this.#stamps };
  }

  /** Everything that was read, by path. */
  get texts(): ReadonlyMap<string, string> {
    return this.#texts;
  }

  /**
   * The text of a regular file of bounded length. Nothing else is opened: a pipe or a device could hold up the whole
   * process, or never end. What takes the file's place after that was asked is opened without waiting, and refused.
   * @throws `UnreadableFile`; the file still counts as read, so that its arrival is noticed
   */
  read(path: string): string {
    const kept = this.#lastGood?.get(path);
    let text: string;
    try {
      text = this.#readNow(path);
    } catch (cause) {
      if (kept === undefined) throw cause;
      text = kept;
    }
    this.#texts.set(path, kept ?? text);
    return kept ?? text;
  }

  #readNow(path: string): string {
    this.#stamps.set(path, absent);
    let descriptor: number | undefined;
    try {
      const before = statSync(path, { bigint: true });
      this.#stamps.set(path, stamp(before));
      assertReadable(before);
      descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
      const opened = fstatSync(descriptor, { bigint: true });
      this.#stamps.set(path, stamp(opened));
      assertReadable(opened);
      return utf8.decode(readBounded(descriptor));
    } catch (cause) {
      throw explained(cause);
    } finally {
      if (descriptor !== undefined) closeSync(descriptor);
    }
  }

  /** How files that changed since they were read stand now, as a text to compare; `undefined`: none did. */
  async changed(): Promise<string | undefined> {
    const now = await this.#stampsNow();
    const differences = now.filter(([path, stamped]) => stamped !== this.#stamps.get(path));
    return differences.length === 0 ? undefined : differences.map((each) => each.join(" ")).join("\n");
  }

  /** The same files as they stand now, without having been read. */
  async unread(): Promise<SourceFiles> {
    return new SourceFiles(undefined, { texts: new Map(), stamps: new Map(await this.#stampsNow()) });
  }

  #stampsNow(): Promise<readonly (readonly [path: string, stamp: string])[]> {
    return Promise.all(
      [...this.#stamps.keys()].map(async (path) => {
        try {
          return [path, stamp(await stat(path, { bigint: true }))] as const;
        } catch {
          // It is away, which is a state like any other.
          return [path, absent] as const;
        }
      }),
    );
  }
}

function explained(cause: unknown): UnreadableFile {
  if (cause instanceof UnreadableFile) return cause;
  const { code } = cause as { readonly code?: string };
  if (code === "ERR_ENCODING_INVALID_ENCODED_DATA")
    return new UnreadableFile("it is not valid UTF-8.", "Save it as UTF-8.");
  const [problem, remedy] = problems[String(code)] ?? [`it cannot be read (${String(code)}).`, "Check the path."];
  return new UnreadableFile(problem, remedy);
}
