// Loaded before a worker: at SIGUSR2 it hangs, for as many milliseconds as HANG_MS says, or for good.
const hangMs = Number(process.env["HANG_MS"] ?? Infinity);
if (process.env["MODELYARD_WORKER"] !== undefined) {
  process.on("SIGUSR2", () => {
    const end = performance.now() + hangMs;
    while (performance.now() < end);
    process.stderr.write(`worker ${String(process.pid)} hung for a while\n`);
  });
}
