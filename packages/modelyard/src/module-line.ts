import { execFile } from "node:child_process";
import { pathToFileURL } from "node:url";

/** Limit for the time that Node takes to check a module's syntax, in milliseconds. */
const checkMs = 5_000;

/** The first line number of a module that a stack, or Node's output, mentions. */
function lineIn(text: string, path: string): number | undefined {
  for (const name of [pathToFileURL(path).href, path]) {
    for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
      const line = /^(?:\?[^:\s]*)?:(?<line>\d+)/u.exec(text.slice(at + name.length))?.groups?.["line"];
      if (line !== undefined) return Number(line);
    }
  }
  return undefined;
}

/** Checks a module's syntax without running it, and returns Node's output. */
function checkSyntax(path: string): Promise<string> {
  return new Promise((resolve) => {
    execFile(process.execPath, ["--check", path], { timeout: checkMs }, (_, __, stderr) => {
      resolve(stderr);
    });
  });
}

/** The line of the module that caused an error, or `undefined` if it cannot be determined. */
export async function lineOf(cause: unknown, path: string): Promise<number | undefined> {
  if (!(cause instanceof Error)) return undefined;
  const line = lineIn(cause.stack ?? "", path);
  // Node prints the place of a syntax error in an ES module to the terminal, but does not include it in the error.
  // Bun and Deno do not support `--check`.
  const isNode = !("bun" in process.versions) && !("deno" in process.versions);
  if (line !== undefined || !(cause instanceof SyntaxError) || !isNode) return line;
  return lineIn(await checkSyntax(path), path);
}
