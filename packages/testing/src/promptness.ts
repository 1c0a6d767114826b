import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** Longest time from the end of a call until the vendor notices it, on an idle machine. Milliseconds. */
const promptMs = 100;
/** On an idle machine these take a few milliseconds. On a busy one they take as long as the machine is slow. */
const roundTrips = 50;

/** A connection of this process to itself, as a measure of how quickly anything gets through at the moment. */
class EchoConnection {
  readonly #server: Server;
  readonly #socket: Socket;

  private constructor(server: Server, socket: Socket) {
    this.#server = server;
    this.#socket = socket;
  }

  static async open(): Promise<EchoConnection> {
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.unref();
      socket.pipe(socket);
    });
    server.listen(0, "127.0.0.1").unref();
    await once(server, "listening");
    const socket = connect((server.address() as AddressInfo).port, "127.0.0.1").unref();
    await once(socket, "connect");
    return new EchoConnection(server, socket.setNoDelay());
  }

  async roundTrip(): Promise<void> {
    this.#socket.write("x");
    await once(this.#socket, "data");
  }

  close(): void {
    this.#socket.destroy();
    this.#server.close();
  }
}

/** Tests that something happens at once, in a way that does not fail because the machine is busy. */
export class Promptness {
  #echo: Promise<EchoConnection> | undefined;

  /**
   * Waits for something that must happen at once. It is late if the time has passed and, after that, an idle connection
   * of this process has gone back and forth 50 times: a busy machine delays both alike.
   * @param withinMs - @defaultValue 100
   * @throws an error if it is late
   */
  async prompt<Result>(happening: Promise<Result>, withinMs = promptMs): Promise<Result> {
    let settled = false;
    const settle = (): void => {
      settled = true;
    };
    const isOver = (): boolean => settled;
    const watched = happening.then(settle, settle);
    let timer: NodeJS.Timeout | undefined;
    const passed = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, withinMs);
    });
    await Promise.race([watched, passed]);
    clearTimeout(timer);
    if (!isOver()) {
      const echo = await (this.#echo ??= EchoConnection.open());
      for (let count = 0; count < roundTrips && !isOver(); count += 1) await echo.roundTrip();
    }
    if (isOver()) return happening;
    const trips = `${String(roundTrips)} round trips of another connection`;
    throw new Error(`It did not happen within ${String(withinMs)} ms and ${trips}.`);
  }

  stop(): void {
    void this.#echo?.then((echo) => {
      echo.close();
    });
    this.#echo = undefined;
  }
}

/** The current time in milliseconds since the epoch, on the same clock as scripted upstreams. */
export function nowMs(): number {
  return performance.timeOrigin + performance.now();
}
