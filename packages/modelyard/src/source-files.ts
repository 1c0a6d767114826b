import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync, statSync } from "node:fs";
import { stat } from "node:fs/promises";
import { UnreadableFile } from "@modelyard/config-yaml";

/** The same limit as for the text of a configuration. Modules of strategies are far shorter. */
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
  // The times of devices and pipes change constantly, so they only count as changed when they are replaced.
  return stats.isFile() ? [dev, ino, size, mtimeNs, ctimeNs].join("/") : `other/${[dev, ino].join("/")}`;
}

const absent = "absent";
/** Refuses other encodings, such as UTF-16 from a Windows shell, instead of reading them as something else. */
const utf8 = new TextDecoder("utf-8", { fatal: true });

function assertReadable(stats: BigIntStats): void {
  if (stats.isDirectory()) throw new UnreadableFile("it is a folder, not a file.", "Check the path.");
  if (!stats.isFile()) throw notRegular();
  if (stats.size > mostBytes) throw tooLong();
}

/** Reads up to the limit, whatever size the file reports: files in `/proc` report 0, and a file may grow meanwhile. */
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

/**
 * The contents of files, and a stamp of each file's state when it was read. Plain data that can be sent to another
 * process.
 */
export interface SourceFilesData {
  readonly texts: ReadonlyMap<string, string>;
  readonly stamps: ReadonlyMap<string, string>;
}

/**
 * The files that one configuration was read from, each with a stamp of its state. The stamps reveal later changes,
 * whether a file is written in place, replaced by renaming, or changed by moving a symbolic link.
 */
export class SourceFiles {
  readonly #stamps: Map<string, string>;
  readonly #texts: Map<string, string>;
  readonly #lastGood: ReadonlyMap<string, string> | undefined;

  /**
   * @param lastGood - contents to use instead of the current files; changes to the files are still noticed
   * @param read - files that have been read before, in another process
   */
  constructor(lastGood?: ReadonlyMap<string, string>, read?: SourceFilesData) {
    this.#lastGood = lastGood;
    this.#stamps = new Map(read?.stamps);
    this.#texts = new Map(read?.texts);
  }

  get data(): SourceFilesData {
    return { texts: this.#texts, stamps: this.#stamps };
  }

  /** The contents of all files that were read, by path. */
  get texts(): ReadonlyMap<string, string> {
    return this.#texts;
  }

  /**
   * Reads a regular file of bounded length. Nothing else is opened, because a pipe or device could block the process or
   * never end. If one replaces the file after this check, it is opened without blocking and then refused.
   * @throws `UnreadableFile`. The file's state is recorded anyway, so that `changed` reports when it becomes readable.
   */
  read(path: string): string {
    const kept = this.#lastGood?.get(path);
    let text: string;
    try {
      text = this.#readCurrent(path);
    } catch (cause) {
      if (kept === undefined) throw cause;
      text = kept;
    }
    this.#texts.set(path, kept ?? text);
    return kept ?? text;
  }

  #readCurrent(path: string): string {
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

  /** Describes the new state of all files that changed since they were read, or returns `undefined` if none did. */
  async changed(): Promise<string | undefined> {
    const now = await this.#currentStamps();
    const differences = now.filter(([path, stamped]) => stamped !== this.#stamps.get(path));
    return differences.length === 0 ? undefined : differences.map((each) => each.join(" ")).join("\n");
  }

  /** The same files in their current state, without contents. */
  async unread(): Promise<SourceFiles> {
    return new SourceFiles(undefined, { texts: new Map(), stamps: new Map(await this.#currentStamps()) });
  }

  #currentStamps(): Promise<readonly (readonly [path: string, stamp: string])[]> {
    return Promise.all(
      [...this.#stamps.keys()].map(async (path) => {
        try {
          return [path, stamp(await stat(path, { bigint: true }))] as const;
        } catch {
          // A missing file is a state like any other.
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
