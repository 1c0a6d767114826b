import { parentPort, workerData } from "node:worker_threads";
import { answerReadRequest, type ReadRequest } from "modelyard";

/** Reads a changed configuration in a thread apart from the one that serves; see `readInThread`. */
export async function answerInThread(): Promise<void> {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
  parentPort?.postMessage(await answerReadRequest(workerData as ReadRequest));
}
