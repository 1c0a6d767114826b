// Loaded before a worker: timers of less than half a second take twenty seconds. On a busy machine, Redis may reply later than
// the 50 ms after which a worker falls back to its own limits, which must not happen in a test of the shared limits.
const { setTimeout: start } = globalThis;
const patientMs = 20_000;

Object.assign(globalThis, {
  setTimeout: (callback: () => void, ms = 0, ...args: readonly []) =>
    start(callback, ms > 0 && ms < 500 ? patientMs : ms, ...args),
});
