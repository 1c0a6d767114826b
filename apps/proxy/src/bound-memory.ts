/** Newer Nodes may not know these options, and end when they do not. */
const newestMajor = 26;

/** What V8 is told; see docs/performance.md. */
const options = [
  "--min-semi-space-size=8",
  "--max-semi-space-size=8",
  "--heap-growing-percent=35",
  "--no-maglev",
] as const;

/** What malloc is told, where it is glibc's. */
const variables = { MALLOC_ARENA_MAX: "1", MALLOC_TRIM_THRESHOLD_: "131072" } as const;

/** What is over too soon for that to matter. */
const brief: ReadonlySet<string> = new Set(["check", "explain", "schema", "--version", "--help"]);

/**
 * V8's young generation would grow to 64 MB under load, its old one to three times what is needed and more before it
 * looks, and malloc would keep heaps for threads that need none, and what compilers once needed. Of V8's compilers the
 * one in the middle is left out: what it makes is soon made anew by the last one, and both need room. All that together
 * is 80 MB of 190 under 256 connections.
 *
 * V8 and malloc listen only before they begin: the process starts anew, under its own id. A first line with options
 * (`env -S`) would spare the second start, and not be understood by BusyBox, which Alpine's images have. Where a process
 * cannot do that (Windows, Node before 22.15), and where the user has told V8 otherwise, all goes on as it is.
 * @param major - Node's version
 */
export function boundMemory(major: number): void {
  const { execArgv, execPath, argv, env, channel } = process;
  // Older Nodes have none, whatever the types say.
  const { execve } = process as { readonly execve?: typeof process.execve };
  const chosen = [...execArgv, env["NODE_OPTIONS"] ?? ""].some((given) =>
    /semi-space|heap-growing|maglev/u.test(given),
  );
  // A parent's channel would not outlive it.
  const able = execve !== undefined && channel === undefined && major <= newestMajor;
  if (chosen || !able || brief.has(argv[2] ?? "")) return;
  try {
    execve.call(process, execPath, [execPath, ...options, ...execArgv, ...argv.slice(1)], { ...variables, ...env });
  } catch {
    // Not on this platform.
  }
}
