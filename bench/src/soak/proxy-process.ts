import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { delimiter, dirname } from "node:path";
import { pathToFileURL } from "node:url";
import type { Sample } from "./probe.js";

/** What it is made of: paths. */
export interface ProxyFiles {
  readonly cli: string;
  /** Loaded before the proxy. */
  readonly probe: string;
  readonly configFile: string;
}

/** The built proxy as a process of its own, with a probe inside. */
export class ProxyProcess {
  readonly #child: ChildProcess;
  /** Where the probe says what it is asked. */
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
    // As it is installed: its first line names Node, from the path, and what it tells it.
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
      if (!this.#stopping) this.#ended = `the proxy ended by itself (${String(code ?? signal)})\n${this.#errors}`;
      this.#waiting?.reject(new Error(this.#ended));
    });
  }

  /** The last one counts: a process that starts anew connects anew. */
  #listenTo(probe: Socket): void {
    this.#probe = probe;
    let said = "";
    probe.on("data", (piece: Buffer) => {
      said += piece.toString();
      if (!said.endsWith("\n")) return;
      this.#waiting?.resolve(JSON.parse(said) as Sample);
      this.#waiting = undefined;
      said = "";
    });
    // That it went is told by its process.
    probe.on("error", () => undefined);
  }

  /** Why it ended although nobody asked for it; `undefined`: it runs. */
  get ended(): string | undefined {
    return this.#ended;
  }

  /** Resolves with the address when it listens. */
  async origin(): Promise<string> {
    let said = "";
    return new Promise((resolve, reject) => {
      this.#child.stdout?.on("data", (piece: Buffer) => {
        said += piece.toString();
        const url = /http:\/\/\S+:\d+/u.exec(said)?.[0];
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

  /** @returns what was wrong with the way it ended; `undefined`: nothing */
  async stop(): Promise<string | undefined> {
    if (this.#ended !== undefined) return this.#ended;
    this.#stopping = true;
    const exit = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    const [code] = (await exit) as [number | null];
    this.#server.close();
    return code === 0 ? undefined : `the proxy ended with ${String(code)} when it was asked to\n${this.#errors}`;
  }
}
