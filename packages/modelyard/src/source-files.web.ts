import { UnreadableFile } from "@modelyard/config-yaml";
import type * as node from "./source-files.js";

/** The files of a configuration, where there are none: it was passed as text, and includes nothing. */
export class SourceFiles implements Pick<node.SourceFiles, keyof node.SourceFiles> {
  readonly data: node.SourceFilesData = { texts: new Map(), stamps: new Map() };
  readonly texts = this.data.texts;

  /** @throws `UnreadableFile` */
  read(): never {
    throw new UnreadableFile("this platform has no files.", "Put its contents into the text of the configuration.");
  }

  async changed(): Promise<undefined> {
    return undefined;
  }

  async unread(): Promise<node.SourceFiles> {
    return this as unknown as node.SourceFiles;
  }
}
