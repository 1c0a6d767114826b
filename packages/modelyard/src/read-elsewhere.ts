import { ConfigError, type ConfigIssue, fromTransferable, toTransferable } from "@modelyard/config-yaml";
import type { TransferableConfig } from "@modelyard/config-yaml";
import { type Provider, RouterError, silentLogger } from "@modelyard/core";
import { createError } from "@modelyard/core/kit";
import { createRouter } from "@modelyard/router";
import { allProviders, loadPartsOf, type ReadConfig, readConfig, type ReadConfigOptions } from "./load-config.js";
import { withCatalogIds } from "./load-parts.js";
import { priceCatalog } from "./price-catalog.js";
import type { Source } from "./read-source.js";
import { builtInProviders } from "./registry.js";
import { SourceFiles, type SourceFilesData } from "./source-files.js";
import { tryOut } from "./try-out.js";
import type { Probe } from "./with-others.js";

/** Asks for a configuration to be read. It is plain data, so it can be sent to another process or thread. */
export interface ReadRequest extends Omit<ReadConfigOptions, "providers"> {
  readonly source: Source;
}

/** The configuration that was read, or its errors. It is plain data, so it can be sent to another process or thread. */
export interface ReadReply {
  readonly files: SourceFilesData;
  readonly result:
    | {
        readonly ok: true;
        readonly config: TransferableConfig;
        readonly unserved: readonly ConfigIssue[];
        /** A warning for each deployment that is skipped because it cannot work. */
        readonly skipped: readonly ConfigIssue[];
      }
    | {
        readonly ok: false;
        readonly message: string;
        readonly param: string | undefined;
        /** Set if the error is a `ConfigError`, whose issues have places in the files. */
        readonly problems: { readonly issues: readonly ConfigIssue[]; readonly count: number } | undefined;
      };
}

/** A configuration that was read, possibly in another process, without the deployments that cannot work. */
export interface ReadElsewhere extends Omit<ReadConfig, "providers"> {
  readonly skipped: readonly ConfigIssue[];
}

/**
 * Reads and checks a configuration in a process other than the one that serves, which sends the request by the option
 * `readChanges` of `routerFromYaml`. Of the file's modules, only providers are loaded, because the serving process has to
 * load them all.
 */
export async function answerReadRequest({ source, ...options }: ReadRequest): Promise<ReadReply> {
  const files = new SourceFiles();
  const providers = { builtIn: builtInProviders({ env: {} }), extra: [] };
  try {
    const { config, unserved, skipped } = await check(source, files, { ...options, providers });
    return { files: files.data, result: { ok: true, config: toTransferable(config), unserved, skipped } };
  } catch (thrown) {
    // An internal error ends this process, which the process that started it reports.
    if (!RouterError.isInstance(thrown) || thrown.kind !== "invalid_option") throw thrown;
    const { message, param } = thrown;
    const problems = thrown instanceof ConfigError ? { issues: thrown.issues.slice(), count: thrown.count } : undefined;
    return { files: files.data, result: { ok: false, message, param, problems } };
  }
}

/** Finds all errors here, so that the serving process only has to apply a valid configuration. */
async function check(source: Source, files: SourceFiles, options: ReadConfigOptions): Promise<ReadElsewhere> {
  const { lenient, strict, includeFrom } = options;
  const read = await readConfig(source, files, options);
  const catalog = withCatalogIds(await priceCatalog(), () => read.providers);
  const providers = allProviders(options.providers, read.providers);
  const probe = proberOf(providers);
  const loading = { files, before: undefined, withoutModules: true, lenient, strict, probe, includeFrom };
  const { strategies } = await loadPartsOf(read, source, loading);
  const { config, warnings } = tryOut(read.config, { strategies, providers, catalog, probe, strict });
  return { config, unserved: read.unserved, skipped: warnings };
}

/** @returns a function that throws if a deployment cannot work */
export function proberOf(providers: readonly Provider[]): Probe {
  return (...modelList) => {
    createRouter({ modelList, providers, logger: silentLogger });
  };
}

/**
 * Unpacks a reply.
 * @throws `ConfigError` or `invalid_option`, the same as reading the configuration in this process would
 */
export function resultOf({ result }: ReadReply): ReadElsewhere {
  if (result.ok) {
    const { config, unserved, skipped } = result;
    return { config: fromTransferable(config), unserved, skipped };
  }
  const { problems, message, param } = result;
  if (problems !== undefined) throw new ConfigError(problems.issues, problems.count);
  throw createError({ kind: "invalid_option", message, ...(param === undefined ? {} : { param }) });
}
