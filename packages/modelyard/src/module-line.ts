import { execFile } from "node:child_process";
import { pathToFileURL } from "node:url";

/** Longest that Node may take to look for a mistake, in milliseconds. */
const checkMs = 5_000;

/** The first line of a module that a text (a stack, or what Node prints) names. */
function lineIn(text: string, path: string): number | undefined {
  for (const name of [pathToFileURL(path).href, path]) {
    for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
      const line = /^(?:\?[^:\s]*)?:(?<line>\d+)/u.exec(text.slice(at + name.length))?.groups?.["line"];
      if (line !== undefined) return Number(line);
    }
  }
  return undefined;
}

/** What Node says about the syntax of a module; it reads the module and does not run it. */
function checkSyntax(path: string): Promise<string> {
  return new Promise((resolve) => {
    execFile(process.execPath, ["--check", path], { timeout: checkMs }, (_, __, stderr) => {
      resolve(stderr);
    });
  });
}

/** The line of the module at which something went wrong, where it can be found out. */
export async function lineOf(cause: unknown, path: string): Promise<number | undefined> {
  if (!(cause instanceof Error)) return undefined;
  const line = lineIn(cause.stack ?? "", path);
  // Node keeps the place of a mistake in an ES module to itself, other than on the terminal. Others have no --check.
  const isNode = !("bun" in process.versions) && !("deno" in process.versions);
  if (line !== undefined || !(cause instanceof SyntaxError) || !isNode) return line;
  return lineIn(await checkSyntax(path), path);
}
