/** The same version as `engines` in package.json. */
const needed = [22, 12] as const;
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < needed[0] || (major === needed[0] && minor < needed[1])) {
  process.stderr.write(`create-modelyard needs Node ${needed.join(".")} or newer; this is ${process.versions.node}.\n`);
  process.exit(1);
}

// Imported only now, because what they import does not exist in older versions.
const { create } = await import("./create.js");
const { install } = await import("./install.js");
const { stdin: input, stdout: output } = process;
// The reader of the output may close it early, as in `npm create modelyard -- --help | head`.
output.on("error", ({ code }: NodeJS.ErrnoException) => {
  if (code !== "EPIPE") process.exitCode = 1;
});
process.exitCode = await create(process.argv.slice(2), {
  cwd: process.cwd(),
  env: process.env,
  terminal: input.isTTY && output.isTTY ? { input, output } : undefined,
  write: (text) => void output.write(text),
  writeError: (text) => void process.stderr.write(text),
  install,
});
