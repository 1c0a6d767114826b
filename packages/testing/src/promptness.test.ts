import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { afterAll, describe, expect, it } from "vitest";
import { Promptness } from "./index.js";

const never = (): void => undefined;
const promptness = new Promptness();
afterAll(() => {
  promptness.stop();
});

describe("promptness", () => {
  it("passes on what happens at once, also a failure", async () => {
    expect(await promptness.prompt(Promise.resolve("done"))).toBe("done");
    await expect(promptness.prompt(Promise.reject(new Error("failed")))).rejects.toThrow("failed");
  });

  it("rejects what does not happen", async () => {
    await expect(promptness.prompt(new Promise(never), 20)).rejects.toThrow(
      "It did not happen within 20 ms and 50 round trips of another connection.",
    );
  });

  it("rejects what waits for a later timer", async () => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, 60_000);
    });
    await expect(promptness.prompt(late, 20)).rejects.toThrow("It did not happen");
    clearTimeout(timer);
  });

  it("accepts what happens at once in a process that got no time meanwhile", async () => {
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.resume();
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const [socket] = await Promise.all([
      once(server, "connection").then(([each]) => each as ReturnType<typeof connect>),
      once(connect((server.address() as AddressInfo).port, "127.0.0.1"), "connect"),
    ]);
    const closed = once(socket, "close");
    socket.destroy();
    const happening = promptness.prompt(
      closed.then(() => "closed"),
      20,
    );
    // The timer is due before the event loop looks at any connection.
    const end = performance.now() + 60;
    while (performance.now() < end);
    expect(await happening).toBe("closed");
    server.close();
  });
});
