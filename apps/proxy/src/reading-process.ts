import { once } from "node:events";
import { answerReadRequest, type ReadRequest } from "modelyard";

/** Set in a process that only reads a changed configuration; see `readInProcess`. */
export const readerVariable = "MODELYARD_READER";

/** Reads one configuration for the process that serves. */
export async function answerInProcess(): Promise<void> {
  // Nobody waits for the answer any more.
  process.once("disconnect", () => process.exit());
  const [request] = (await once(process, "message")) as [ReadRequest];
  process.send?.(await answerReadRequest(request));
}
