import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, chromium } from "playwright-core";

const names = ["chromium-headless-shell", "chromium", "google-chrome"];

function onPath(name: string): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return folders
    .map((folder) => join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** The arguments that a browser needs as root and in containers. */
const plain = ["--no-sandbox", "--disable-dev-shm-usage"];

/** The Chromium of an npm package, which carries the program itself. It exists for Linux on x64. */
async function fromPackage(): Promise<Browser | undefined> {
  if (process.platform !== "linux" || process.arch !== "x64") return undefined;
  // Makes the package unpack the libraries that the program needs, too. Elsewhere than on Lambda it expects them to be installed.
  const before = { ...process.env };
  process.env["AWS_LAMBDA_JS_RUNTIME"] = "nodejs22.x";
  try {
    const { default: packed } = await import("@sparticuz/chromium");
    const executablePath = await packed.executablePath();
    return await chromium.launch({ executablePath, args: plain, env: process.env });
  } catch (error) {
    console.warn(`The Chromium of the package @sparticuz/chromium does not start: ${String(error)}`);
    return undefined;
  } finally {
    for (const name of ["AWS_LAMBDA_JS_RUNTIME", "LD_LIBRARY_PATH", "FONTCONFIG_PATH", "HOME"])
      if (before[name] === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = before[name];
  }
}

/**
 * A real browser: CHROME_PATH, a Chromium or Chrome on the PATH, or the one of an npm package. `undefined` if there is none,
 * which is an error with REQUIRE_PLATFORMS=1.
 */
export async function launchBrowser(): Promise<Browser | undefined> {
  const executablePath = process.env["CHROME_PATH"] ?? names.map(onPath).find((path) => path !== undefined);
  const browser =
    executablePath === undefined ? await fromPackage() : await chromium.launch({ executablePath, args: plain });
  if (browser !== undefined) return browser;
  const message = "There is no browser: set CHROME_PATH, or install chromium.";
  if (process.env["REQUIRE_PLATFORMS"] === "1") throw new Error(message);
  console.warn(`\n*** ${message} Tests of the dashboard are SKIPPED. ***\n`);
  return undefined;
}
