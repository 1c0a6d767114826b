// Loaded before a worker: while it begins, and knows no signals yet, the process that started it gets one.
const [signal, worker] = (process.env["SIGNAL_AT_START"] ?? "").split(" of ");
if (process.env["MODELYARD_WORKER"] === worker) process.kill(process.ppid, signal);
