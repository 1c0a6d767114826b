import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { delimiter, dirname } from "node:path";
import { pathToFileURL } from "node:url";
import type { Sample } from "./probe.js";

/** Paths of the files that it consists of. */
export interface ProxyFiles {
  readonly cli: string;
  /** The probe, which is loaded before the proxy. */
  readonly probe: string;
  readonly configFile: string;
}

/** The built proxy in a separate process, with a probe in it. */
export class ProxyProcess {
  readonly #child: ChildProcess;
  /** Port on which the probe answers. */
  readonly #server: Server;
  #probe: Socket | undefined = undefined;
  #errors = "";
  #stopping = false;
  #ended: string | undefined = undefined;
  #waiting: { readonly resolve: (sample: Sample) => void; readonly reject: (error: Error) => void } | undefined;

  static async start(files: ProxyFiles): Promise<ProxyProcess> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new ProxyProcess(server, files);
  }

  private constructor(server: Server, { cli, probe, configFile }: ProxyFiles) {
    this.#server = server;
    server.on("connection", (socket) => {
      this.#listenTo(socket);
    });
    // Like an installed command: its first line finds Node in the path and passes options to it.
    this.#child = spawn(cli, ["serve", "--config", configFile, "--port", "0", "--no-watch"], {
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        SOAK_PORT: String((server.address() as AddressInfo).port),
        PATH: `${dirname(process.execPath)}${delimiter}${process.env["PATH"] ?? ""}`,
        NODE_OPTIONS: `--expose-gc --unhandled-rejections=strict --import ${pathToFileURL(probe).href}`,
      },
    });
    this.#child.stderr?.on("data", (piece: Buffer) => {
      this.#errors = (this.#errors + piece.toString()).slice(-4_000);
    });
    this.#child.once("exit", (code, signal) => {
      if (!this.#stopping) this.#ended = `the proxy exited by itself (${String(code ?? signal)})\n${this.#errors}`;
      this.#waiting?.reject(new Error(this.#ended));
    });
  }

  /** The latest connection counts, since a process that restarts connects again. */
  #listenTo(probe: Socket): void {
    this.#probe = probe;
    let printed = "";
    probe.on("data", (piece: Buffer) => {
      printed += piece.toString();
      if (!printed.endsWith("\n")) return;
      this.#waiting?.resolve(JSON.parse(printed) as Sample);
      this.#waiting = undefined;
      printed = "";
    });
    // The exit of the process is reported by its own event.
    probe.on("error", () => undefined);
  }

  /** Why it exited without being stopped. `undefined`: it is running. */
  get ended(): string | undefined {
    return this.#ended;
  }

  /** Resolves with the address once it listens. */
  async origin(): Promise<string> {
    let printed = "";
    return new Promise((resolve, reject) => {
      this.#child.stdout?.on("data", (piece: Buffer) => {
        printed += piece.toString();
        const url = /http:\/\/\S+:\d+/u.exec(printed)?.[0];
        if (url !== undefined) resolve(url);
      });
      this.#child.once("exit", () => {
        reject(new Error(`the proxy did not start:\n${this.#errors}`));
      });
    });
  }

  sample(): Promise<Sample> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) reject(new Error(this.#ended));
      this.#waiting = { resolve, reject };
      this.#probe?.write("sample");
    });
  }

  /** Stops the proxy. @returns what was wrong with its exit. `undefined`: nothing */
  async stop(): Promise<string | undefined> {
    if (this.#ended !== undefined) return this.#ended;
    this.#stopping = true;
    const exit = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    const [code] = (await exit) as [number | null];
    this.#server.close();
    return code === 0 ? undefined : `the proxy exited with code ${String(code)} when it was stopped\n${this.#errors}`;
  }
}
