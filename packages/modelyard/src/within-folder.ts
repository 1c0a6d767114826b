import { realpathSync } from "node:fs";
import { dirname, isAbsolute, relative, resolve } from "node:path";

function contains(folder: string, path: string): boolean {
  const inner = relative(folder, path);
  return inner !== "" && inner !== ".." && !/^\.\.[\\/]/u.test(inner) && !isAbsolute(inner);
}

/** Resolves symbolic links. Returns a path that does not exist unchanged; reading it reports the error. */
function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/**
 * Whether a file is inside one of these folders after all symbolic links are resolved, both the file's and the folders'
 * (Kubernetes mounts configurations as links).
 */
export function isWithin(path: string, folders: readonly string[]): boolean {
  const target = real(path);
  return folders.some((folder) => contains(real(resolve(folder)), target));
}

/**
 * The folders from which a configuration may always include files: that of its path and that of the file it links to.
 */
export function ownFolders(file: string | undefined): readonly string[] {
  return file === undefined ? [process.cwd()] : [dirname(resolve(file)), dirname(real(resolve(file)))];
}
