import type { ConfigIssue, ParsedConfig } from "@modelyard/config-yaml";
import type { Callback, Logger, Provider } from "@modelyard/core";
import type { ExtraRoute } from "@modelyard/gateway";
import type { CreateRouterOptions, Router } from "@modelyard/router";
import type { ProcessShare } from "./divide-limits.js";
import type { ReadReply, ReadRequest } from "./read-elsewhere.js";
import type { Source } from "./read-source.js";
import type { WatchOptions } from "./watch-source.js";

export interface FromYamlOptions {
  /**
   * The environment variables that the file may refer to.
   * @defaultValue `process.env`
   */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /**
   * Turns errors into warnings wherever the rest of the file is usable. Cannot be combined with `strict`.
   * @defaultValue false
   */
  readonly lenient?: boolean;
  /**
   * Turns warnings into errors, also when a changed file is loaded. Cannot be combined with `lenient`.
   * @defaultValue false
   */
  readonly strict?: boolean;
  /**
   * Creates a router for inspection that does not connect to anything, with a cache in memory instead of Redis.
   * @defaultValue false
   */
  readonly offline?: boolean;
  /**
   * Gives variables that are not set a plausible value, for inspecting a file on a machine that does not have its
   * secrets.
   * @defaultValue false
   */
  readonly assumeEnvironment?: boolean;
  /**
   * Further folders from which files may be included and modules loaded, besides the folder of the file itself and those
   * below it. Without this restriction, anyone who can write the file could make this process read any other file.
   * @defaultValue none
   */
  readonly includeFrom?: readonly string[];
  /**
   * Earlier contents of the files, by path: the `sources` of another `YamlRouter`. If the files are invalid, the router
   * is created from these contents instead, and the error is logged. Later changes of the files are applied as usual.
   * @defaultValue none, so that invalid files are an error
   */
  readonly lastGood?: ReadonlyMap<string, string>;
  /**
   * Sends a request to another process or thread, which answers it by `answerReadRequest`, to read and check changed
   * files. Reading a large or hostile file takes seconds, in which this process could not serve requests. Cannot be
   * combined with `providers` or `router`, which cannot be sent.
   * @defaultValue changed files are read in this process
   */
  readonly readChanges?: (request: ReadRequest) => Promise<ReadReply>;
  /** Providers in addition to the built-in ones. A provider with the same name replaces the built-in one. */
  readonly providers?: readonly Provider[];
  /** Callbacks in addition to those that the file names, or a function that creates them for a configuration. */
  readonly callbacks?: readonly Callback[] | ((config: ParsedConfig) => readonly Callback[]);
  /** @defaultValue logs warnings and errors to the console */
  readonly logger?: Logger;
  /**
   * Which of several processes that serve the file this one is. Without Redis, each process gets its part of every
   * limit. With Redis they share the limits, which are only divided while Redis is unreachable.
   * @defaultValue this process is the only one
   */
  readonly share?: ProcessShare;
  /** Options of `createRouter` that a file cannot set. A `catalog` replaces the built-in one. */
  readonly router?: Pick<CreateRouterOptions, "clock" | "random" | "filters" | "catalog" | "tokenEstimator">;
}

/** A router that was created from a file, with the file's other settings. */
export interface YamlRouter {
  readonly router: Router;
  /** The configuration that is in use. */
  readonly config: ParsedConfig;
  /** All providers, including those that the file names as modules. */
  readonly providers: readonly Provider[];
  /** The contents of all files by path: the main file, included files, and modules. */
  readonly sources: ReadonlyMap<string, string>;
  /** Warnings about the file, each with its place if it has one. */
  readonly issues: readonly ConfigIssue[];
  /** The same as lines of text. Warnings with the same message share a line. */
  readonly warnings: readonly string[];
  /** The warnings about deployments that are skipped because their mode or provider is not supported. */
  readonly unserved: readonly string[];
  /** The HTTP routes of callbacks, e.g. `/metrics`. */
  readonly routes: readonly ExtraRoute[];
  /**
   * Applies a changed configuration as a whole, or not at all. Deployments with unchanged settings keep their state,
   * and running calls finish with the settings they started with.
   * @param source - by default, the source that the router was created from, read again
   * @returns warnings about changes that only take effect at the next start
   * @throws `ConfigError` or `invalid_option`, in which case nothing has changed
   */
  reload(source?: Source): Promise<readonly string[]>;
  /**
   * Watches the file, the files it includes, and the modules it names, and applies changes.
   * @returns a function that stops watching
   */
  watch(options?: WatchOptions): () => void;
  /** Closes router, callbacks, caches and connections. */
  close(): Promise<void>;
}
