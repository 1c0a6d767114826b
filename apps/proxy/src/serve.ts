import { watch } from "node:fs";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createError, type Logger } from "@modelyard/core";
import { createGateway, type Gateway } from "@modelyard/gateway";
import { createNodeServer, type NodeServer } from "@modelyard/gateway/node";
import { routerFromYaml, type YamlRouter } from "modelyard";
import { banner } from "./banner.js";
import { createLogger, loggingCallback } from "./logger.js";
import { statusPage } from "./status-page.js";

export interface ServeOptions {
  /** A LiteLLM file; without it the demo is served. */
  readonly config?: string;
  readonly port?: number;
  readonly host?: string;
  readonly lenient?: boolean;
  readonly drainSeconds?: number;
  /** Whether a changed file is taken over while serving. */
  readonly watch?: boolean;
}

const defaultPort = 4_000;
const defaultDrainMs = 30_000;

interface Loaded {
  readonly yaml: YamlRouter;
  readonly logger: Logger;
  readonly closeDemo: (() => Promise<void>) | undefined;
}

async function load(options: ServeOptions): Promise<Loaded> {
  const verbose = process.env["MODELYARD_LOG"] === "debug";
  const logger = createLogger(verbose);
  if (options.config === undefined) {
    const { startDemo } = await import("./demo.js");
    const demo = await startDemo();
    const yaml = await routerFromYaml(demo.yaml, { logger, callbacks: [loggingCallback(logger, verbose)] });
    return { yaml, logger, closeDemo: () => demo.close() };
  }
  const yaml = await routerFromYaml(
    { file: options.config },
    { logger, lenient: options.lenient ?? false, callbacks: [loggingCallback(logger, verbose)] },
  );
  if (!yaml.config.verbose) return { yaml, logger, closeDemo: undefined };
  await yaml.close();
  const loud = createLogger(true);
  const again = await routerFromYaml(
    { file: options.config },
    { logger: loud, lenient: options.lenient ?? false, callbacks: [loggingCallback(loud, true)] },
  );
  return { yaml: again, logger: loud, closeDemo: undefined };
}

async function listen({ server }: NodeServer, port: number, host: string): Promise<number> {
  server.listen(port, host);
  try {
    await once(server, "listening");
  } catch (cause) {
    const { code } = cause as { readonly code?: string };
    const problem =
      code === "EADDRINUSE" ? "is in use. Choose another with --port" : `cannot be listened on (${String(code)})`;
    throw createError({ kind: "invalid_option", message: `Port ${String(port)} of ${host} ${problem}.`, cause });
  }
  return (server.address() as AddressInfo).port;
}

/** Everybody may reach a proxy that has a key; one without is for this machine, unless told otherwise. */
function hostFor(options: ServeOptions, yaml: YamlRouter): string {
  return (
    options.host ?? yaml.config.proxy.host ?? (yaml.config.proxy.masterKey === undefined ? "127.0.0.1" : "0.0.0.0")
  );
}

/** Serves until a signal ends it. @throws when it cannot begin: a bad file, a port in use */
export async function serve(options: ServeOptions): Promise<void> {
  const { yaml, logger, closeDemo } = await load(options);
  const { proxy } = yaml.config;
  for (const warning of yaml.config.warnings)
    logger.warn(
      { at: `${warning.file}:${String(warning.line)}:${String(warning.column)}` },
      `${warning.path}: ${warning.message}`,
    );
  const gateway: Gateway = createGateway(yaml.router, {
    masterKey: proxy.masterKey,
    maxRequestBytes: proxy.maxRequestBytes,
    routes: [statusPage, ...yaml.routes],
    onError: (error) => {
      if (error instanceof Error && error.name === "InternalServerError")
        logger.error({ error: String(error.cause) }, "unexpected");
    },
  });
  const server = createNodeServer(gateway);
  const host = hostFor(options, yaml);
  let port: number;
  try {
    port = await listen(server, options.port ?? proxy.port ?? defaultPort, host);
  } catch (error) {
    await yaml.close();
    await closeDemo?.();
    throw error;
  }
  const url = `http://${host === "0.0.0.0" ? "localhost" : host}:${String(port)}`;
  process.stdout.write(
    `${banner({ url, demo: closeDemo !== undefined, hasKey: proxy.masterKey !== undefined, models: yaml.router.models().map((entry) => entry.id) })}\n`,
  );
  const stopWatching =
    options.config === undefined || options.watch === false ? undefined : watchFile(options.config, yaml, logger);
  await endOnSignal(logger);
  stopWatching?.();
  const limitMs = options.drainSeconds === undefined ? (proxy.drainMs ?? defaultDrainMs) : options.drainSeconds * 1000;
  const clean = await server.drain(limitMs);
  if (!clean) logger.warn({ seconds: limitMs / 1000 }, "some streams did not finish in time");
  await yaml.close();
  await closeDemo?.();
}

/** Resolves at the first signal; the second ends the process at once. */
function endOnSignal(logger: Logger): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    const onSignal = (signal: NodeJS.Signals): void => {
      if (asked) process.exit(1);
      asked = true;
      logger.info({ signal }, "ending: no new work, live streams finish");
      resolve();
    };
    process.on("SIGTERM", onSignal);
    process.on("SIGINT", onSignal);
  });
}

/** Editors write files in several steps; what is read is what stands after a quiet moment. */
const settleMs = 150;

function watchFile(file: string, yaml: YamlRouter, logger: Logger): () => void {
  let timer: NodeJS.Timeout | undefined;
  const reload = async (): Promise<void> => {
    try {
      await yaml.reload({ file });
    } catch (error) {
      logger.error(
        { error: error instanceof Error ? error.message : String(error) },
        "the changed file is not taken over",
      );
    }
  };
  const watcher = watch(file, () => {
    clearTimeout(timer);
    timer = setTimeout(() => void reload(), settleMs);
  });
  watcher.on("error", () => undefined);
  return () => {
    clearTimeout(timer);
    watcher.close();
  };
}
