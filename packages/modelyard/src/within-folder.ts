import { realpathSync } from "node:fs";
import { dirname, isAbsolute, relative, resolve } from "node:path";

function holds(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== "" && way !== ".." && !/^\.\.[\\/]/u.test(way) && !isAbsolute(way);
}

/** @returns the path itself when there is no such file, which the reader reports */
function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/**
 * Whether a file is below one of these folders, also when symbolic links are followed: those of the file, and those
 * of the folders, as Kubernetes mounts configurations.
 */
export function isWithin(path: string, folders: readonly string[]): boolean {
  const target = real(path);
  return folders.some((folder) => holds(real(resolve(folder)), target));
}

/** The folders whose files a configuration may include: its own, and where it really is. */
export function ownFolders(file: string | undefined): readonly string[] {
  return file === undefined ? [process.cwd()] : [dirname(resolve(file)), dirname(real(resolve(file)))];
}
