// Loaded before a worker: sends a signal to the parent process while the worker starts and handles no signals yet.
const [signal, worker] = (process.env["SIGNAL_AT_START"] ?? "").split(" of ");
if (process.env["MODELYARD_WORKER"] === worker) process.kill(process.ppid, signal);
