import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** Path of a command: in the folder that `MODELYARD_TOOLS` names, otherwise in the `PATH`. `undefined`: not installed */
export function findCommand(name: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  const named = env["MODELYARD_TOOLS"];
  const folders = named === undefined ? (env["PATH"] ?? "").split(delimiter) : [named];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
