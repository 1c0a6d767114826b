import { existsSync, readFileSync } from "node:fs";
import { request } from "node:http";

/** The command line of the container's first process: the proxy, or an init that got the proxy's command. */
const commandLine = "/proc/1/cmdline";

/** How long the proxy may take to answer, in milliseconds. */
const patienceMs = 3_000;

/**
 * The port on which the proxy of this container listens: `--port` of its command, the variable `PORT`, or 4000. A port that
 * only the configuration names is not known here.
 * @param {readonly string[]} args - the proxy's command line
 * @param {string | undefined} variable - the value of `PORT`
 * @returns {number}
 */
export function portOf(args, variable) {
  const given = args.flatMap((arg, index) => {
    if (arg === "--port" || arg === "-p") return args[index + 1] ?? [];
    return /^(?:--port=|-p)(?<port>\d+)$/u.exec(arg)?.groups?.["port"] ?? [];
  });
  return Number(given.at(-1) ?? variable ?? "4000");
}

/**
 * Whether the proxy answers.
 * @param {number} port
 * @returns {Promise<boolean>}
 */
export function isAlive(port) {
  return new Promise((resolve) => {
    const call = request({ host: "127.0.0.1", port, path: "/health/liveliness", timeout: patienceMs }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    call.on("timeout", () => {
      call.destroy();
    });
    call.on("error", () => {
      resolve(false);
    });
    call.end();
  });
}

if (process.argv[1] === import.meta.filename) {
  const args = existsSync(commandLine) ? readFileSync(commandLine, "utf8").split("\0") : [];
  const port = portOf(args, process.env["PORT"]);
  if (!(await isAlive(port))) {
    process.stderr.write(`Nothing answers at http://127.0.0.1:${String(port)}/health/liveliness.\n`);
    process.exit(1);
  }
  // Ends at once, although the connection is kept open.
  process.exit(0);
}
