// Loaded before a worker: on SIGUSR2 it blocks its event loop for HANG_MS milliseconds, or indefinitely if that is not set.
const hangMs = Number(process.env["HANG_MS"] ?? Infinity);
if (process.env["MODELYARD_WORKER"] !== undefined) {
  process.on("SIGUSR2", () => {
    const end = performance.now() + hangMs;
    while (performance.now() < end);
    process.stderr.write(`worker ${String(process.pid)} hung for a while\n`);
  });
}
