import { once } from "node:events";
import { answerReadRequest, type ReadRequest } from "modelyard";

/**
 * The environment variable that makes a process read a changed configuration instead of serving; see `readInProcess`.
 */
export const readerVariable = "MODELYARD_READER";

/** Reads one configuration on behalf of the serving process. */
export async function answerInProcess(): Promise<void> {
  // The serving process has exited, so nothing waits for the answer anymore.
  process.once("disconnect", () => process.exit());
  const [request] = (await once(process, "message")) as [ReadRequest];
  process.send?.(await answerReadRequest(request));
}
