import cluster from "node:cluster";
import { once } from "node:events";
import { type AddressInfo, isIP } from "node:net";
import type { Logger, Secret } from "@modelyard/core";
import { createError } from "@modelyard/core/kit";
import { createGateway, type Gateway } from "@modelyard/gateway";
import { createNodeServer, type NodeServer } from "@modelyard/gateway/node";
import { type FromYamlOptions, routerFromYaml, type WatchOptions, type YamlRouter } from "modelyard";
import { banner, urlOf } from "./banner.js";
import { Dashboard } from "./dashboard/dashboard.js";
import { faultFields } from "./log/fault-fields.js";
import { logLevel } from "./log/log-level.js";
import { createLogger } from "./log/logger.js";
import { loggingCallback } from "./log/logging-callback.js";
import { secretsOf } from "./log/secrets-of.js";
import { noMetrics } from "./no-metrics.js";

import { readInProcess } from "./read-in-process.js";
import { recording } from "./recording.js";
import { supervise, workerVariable } from "./workers/supervise.js";
import { WorkerLink } from "./workers/worker-link.js";

export interface ServeOptions {
  /** The path of a LiteLLM file. If not set, the demo is served. */
  readonly config?: string;
  readonly port?: number;
  readonly host?: string;
  readonly lenient?: boolean;
  readonly strict?: boolean;
  /** Further folders from which files may be included, besides the folder of the configuration. */
  readonly includeFrom?: readonly string[];
  readonly drainSeconds?: number;
  /** Whether to serve the web page, and to record what it shows. @defaultValue true */
  readonly dashboard?: boolean;
  /** Whether to reload the file when it changes. */
  readonly watch?: boolean;
  /**
   * How many processes share the port. A whole number, at least 1.
   * @defaultValue 1
   */
  readonly workers?: number;
  /**
   * A worker that does not respond for this long is replaced. Seconds, above 0.
   * @defaultValue 15
   */
  readonly workerTimeout?: number;
  /** A file to which every request is appended, without its prompt, as a workload for `modelyard simulate`. */
  readonly record?: string;
  /** Options of LiteLLM that were given and have no effect. */
  readonly ignored?: readonly string[];
}

const defaultPort = 4_000;
const defaultDrainMs = 30_000;
/** Limit for the part of a path that is logged, in characters. */
const longestPath = 200;

interface Loaded {
  readonly yaml: YamlRouter;
  readonly logger: Logger;
  /** Secrets that must not appear in logs. */
  readonly secrets: () => readonly Secret[];
  readonly closeDemo: (() => Promise<void>) | undefined;
  /** Not set: `--no-dashboard`. */
  readonly dashboard: Dashboard | undefined;
}

async function load(options: ServeOptions, lastGood: ReadonlyMap<string, string> | undefined): Promise<Loaded> {
  const share = shareOf(options);
  const level = logLevel();
  const logger = createLogger(level ?? "info", share === undefined ? undefined : share.index + 1);
  const recorded = options.record === undefined ? [] : [recording(options.record)];
  const dashboard =
    options.dashboard === false
      ? undefined
      : new Dashboard({ worker: share === undefined ? undefined : { number: share.index + 1, of: share.of } });
  let loaded: YamlRouter | undefined;
  const secrets = (): readonly Secret[] => (loaded === undefined ? [] : secretsOf(loaded.config));
  const shared: FromYamlOptions = {
    logger,
    lenient: options.lenient ?? false,
    strict: options.strict ?? false,
    includeFrom: options.includeFrom ?? [],
    readChanges: (request) => readInProcess(request),
    ...(share === undefined ? {} : { share }),
    ...(lastGood === undefined ? {} : { lastGood }),
    callbacks: ({ verbose }) => {
      if (verbose && level === undefined) logger.level = "debug";
      const log = loggingCallback({ logger, secrets, verbose: logger.level === "debug" });
      return [log, ...(dashboard === undefined ? [] : [dashboard.callback]), ...recorded];
    },
  };
  if (options.config !== undefined) {
    loaded = await routerFromYaml({ file: options.config }, shared);
    return { yaml: loaded, logger, secrets, closeDemo: undefined, dashboard };
  }
  const { startDemo } = await import("./demo.js");
  const demo = await startDemo();
  loaded = await routerFromYaml(demo.yaml, shared);
  return { yaml: loaded, logger, secrets, closeDemo: () => demo.close(), dashboard };
}

/** Which of the workers this process is, or `undefined` if it serves alone. */
function shareOf({ workers = 1 }: ServeOptions): FromYamlOptions["share"] {
  const index = process.env[workerVariable];
  return workers === 1 || index === undefined ? undefined : { index: Number(index), of: workers };
}

/** Messages for the error codes of `listen`: why it failed, and what to do. */
const listenProblems: Readonly<Record<string, string>> = {
  EADDRINUSE: "is in use. Choose another with --port",
  EACCES: "requires administrator rights. Choose one above 1023 with --port",
  EADDRNOTAVAIL: "is not available: this machine has no such address. Choose another with --host",
  ENOTFOUND: "is not available: the host name cannot be resolved. Choose another with --host",
};

async function listen({ server }: NodeServer, port: number, host: string): Promise<number> {
  server.listen(port, host);
  try {
    await once(server, "listening");
  } catch (cause) {
    const { code } = cause as { readonly code?: string };
    const problem = listenProblems[String(code)] ?? `is not available (${String(code)})`;
    throw createError({ kind: "invalid_option", message: `Port ${String(port)} of ${host} ${problem}.`, cause });
  }
  return (server.address() as AddressInfo).port;
}

/**
 * With a master key the proxy listens on all addresses; without one, only on this machine unless configured otherwise.
 * `MODELYARD_HOST` is for images, in which the address of the container itself is no use.
 */
function hostFor(options: ServeOptions, { config: { proxy } }: YamlRouter): string {
  const { MODELYARD_HOST: ofImage } = process.env;
  return options.host ?? proxy.host ?? ofImage ?? (proxy.masterKey === undefined ? "127.0.0.1" : "0.0.0.0");
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}

/**
 * Serves until a signal ends the process.
 * @throws if it cannot start, e.g. because the file has errors or the port is in use
 */
export async function serve(options: ServeOptions): Promise<void> {
  const { workers = 1 } = options;
  if (workers === 1) {
    await serveHere(options, undefined);
    // Overrides the code that an unwritable standard output sets: the proxy served, even if its banner was not printed.
    process.exitCode = 0;
  } else if (cluster.isPrimary) {
    process.exitCode = await supervise({
      count: workers,
      rereads: options.config !== undefined,
      silenceMs: options.workerTimeout === undefined ? undefined : options.workerTimeout * 1000,
    });
  } else await serveHere(options, new WorkerLink());
}

async function serveHere(options: ServeOptions, link: WorkerLink | undefined): Promise<void> {
  const { yaml, logger, secrets, closeDemo, dashboard } = await load(options, await link?.sources());
  endOnFault(logger, secrets);
  const { proxy } = yaml.config;
  const host = hostFor(options, yaml);
  const gateway: Gateway = createGateway(yaml.router, {
    masterKey: proxy.masterKey,
    keyHeader: proxy.keyHeader,
    allowedOrigins: proxy.allowedOrigins,
    // IP addresses are always allowed.
    allowedHosts: [...(proxy.allowedHosts ?? []), ...(isIP(host) === 0 ? [host] : [])],
    maxRequestBytes: proxy.maxRequestBytes,
    pingMs: proxy.pingMs,
    // A later route replaces one with the same path.
    routes: [...(dashboard?.routes(yaml) ?? []), noMetrics, ...(link?.routes(yaml.routes) ?? yaml.routes)],
    onRefused: ({ code, status }, { method, path }) => {
      logger.debug({ method, path: path.slice(0, longestPath), error: code, status }, "request refused");
    },
    onError: (fault) => {
      logger.error(faultFields(fault, secrets()), "internal error in the gateway");
    },
  });
  const server = createNodeServer(gateway);
  let port: number;
  try {
    port = await listen(server, options.port ?? proxy.port ?? defaultPort, host);
  } catch (error) {
    await yaml.close();
    await closeDemo?.();
    throw error;
  }
  for (const option of options.ignored ?? []) logger.warn({}, `${option} has no effect here.`);
  if (proxy.masterKey === undefined && !isLoopback(host))
    logger.warn(
      {},
      `No master key is set, so anyone who can reach ${host} can make requests. Set general_settings.master_key.`,
    );
  if (proxy.masterKey === undefined && proxy.allowedOrigins?.includes("*") === true)
    logger.warn(
      {},
      "No master key is set and cors_allow_origins is *, so any web page opened on this machine can make requests.",
    );
  // Signals are handled before readiness is reported, because the process may be stopped right after that. A terminal
  // sends SIGINT to workers too, but they wait until the supervisor stops them.
  const ended = endOnSignal(logger, link === undefined ? ["SIGTERM", "SIGINT"] : ["SIGTERM"]);
  const reports = reloadReports(logger, {
    onApplied: () => link?.serves(yaml.sources),
    onRejected: () => dashboard?.noteRejectedReload(),
  });
  if (options.config !== undefined) reloadOnHangup(yaml, reports);
  link?.serves(yaml.sources);
  const url = urlOf(host, port);
  const models = yaml.router.models().map((entry) => entry.id);
  const text = `${banner({ url, demo: closeDemo !== undefined, hasKey: proxy.masterKey !== undefined, models })}\n`;
  if (link === undefined) process.stdout.write(text);
  else link.ready(text);
  const stopWatching = options.config === undefined || options.watch === false ? undefined : yaml.watch(reports);
  await ended;
  stopWatching?.();
  dashboard?.close();
  const limitMs = options.drainSeconds === undefined ? (proxy.drainMs ?? defaultDrainMs) : options.drainSeconds * 1000;
  const clean = await server.drain(limitMs);
  if (!clean)
    logger.warn({ seconds: limitMs / 1000 }, "shutdown timeout exceeded, the remaining requests were cut off");
  await yaml.close();
  await closeDemo?.();
  link?.close();
}

/** An uncaught error ends the process with a log line. Node would print source code and every property of the error. */
function endOnFault(logger: Logger, secrets: () => readonly Secret[]): void {
  process.on("uncaughtException", (fault) => {
    logger.error(faultFields(fault, secrets()), "internal error, the process exits");
    process.exit(1);
  });
}

/** Resolves at the first signal. The second signal ends the process at once. */
function endOnSignal(logger: Logger, signals: readonly NodeJS.Signals[]): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    const onSignal = (signal: NodeJS.Signals): void => {
      if (asked) {
        logger.warn({ signal }, "second signal: exiting at once, running requests are cut off");
        process.exit(1);
      }
      asked = true;
      logger.info({ signal }, "shutting down: finishing running requests, accepting no new ones");
      resolve();
    };
    for (const signal of signals) process.on(signal, onSignal);
  });
}

type ReloadReports = Required<Pick<WatchOptions, "onReload" | "onError">>;

function reloadReports(
  logger: Logger,
  { onApplied, onRejected }: { readonly onApplied: () => void; readonly onRejected: () => void },
): ReloadReports {
  return {
    onReload: (warnings) => {
      onApplied();
      logger.info({}, "config reloaded");
      for (const warning of warnings) logger.warn({}, warning);
    },
    onError: (error) => {
      onRejected();
      logger.error(
        { error: error instanceof Error ? error.message : String(error) },
        "config reload rejected, still using the previous one",
      );
    },
  };
}

/** Reloads the file on SIGHUP, as daemons do, even with `--no-watch`. */
function reloadOnHangup(yaml: YamlRouter, { onReload, onError }: ReloadReports): void {
  process.on("SIGHUP", () => {
    yaml.reload().then(onReload, onError);
  });
}
