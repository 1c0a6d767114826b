import { createHash, randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Store } from "./store.ts";

/** Keeps each entry in a file of a folder. */
export function folderStore(folder: string): Store {
  const fileOf = (key: string): string => join(folder, createHash("sha256").update(key).digest("hex"));
  return {
    async read(key) {
      try {
        return await readFile(fileOf(key), "utf8");
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
        throw error;
      }
    },
    async write(key, value) {
      await mkdir(folder, { recursive: true });
      // Renamed when it is complete, so that nobody reads half of an entry.
      const incomplete = join(folder, randomUUID());
      await writeFile(incomplete, value);
      await rename(incomplete, fileOf(key));
    },
    remove: (key) => rm(fileOf(key), { force: true }),
  };
}
