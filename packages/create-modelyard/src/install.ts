import { spawn } from "node:child_process";
import type { PackageManager } from "./package-managers.js";

/** These variables configure the npx that started this command; they would affect the package manager too. */
const ofNpx = new Set(["npm_config_call", "npm_config_local_prefix", "npm_config_package"]);

/**
 * Installs a project's dependencies. The package manager writes to the terminal.
 * @returns why it failed, or `undefined`
 */
export async function install(packageManager: PackageManager, folder: string): Promise<string | undefined> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !ofNpx.has(name)));
  return new Promise((settle) => {
    // On Windows, package managers are scripts, which only a shell starts.
    const child = spawn(packageManager, ["install"], {
      cwd: folder,
      env,
      stdio: "inherit",
      shell: process.platform === "win32",
    });
    child.on("error", ({ message }) => {
      settle(`${packageManager} cannot be started (${message}).`);
    });
    child.on("close", (code) => {
      settle(code === 0 ? undefined : `"${packageManager} install" failed. Its output above says why.`);
    });
  });
}
