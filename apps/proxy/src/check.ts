import { RouterError, silentLogger } from "@modelyard/core";
import {
  ConfigError,
  type ConfigIssue,
  type EnvironmentReference,
  routerFromYaml,
  showPath,
  type YamlRouter,
} from "modelyard";
import { connectionOf } from "./explain/connection.js";
import { nameCoveredBy } from "./explain/name-covered-by.js";
import { type NamedModule, namedModules } from "./explain/named-modules.js";

/** The strategy that needs to know prices. */
const byPrice = "cost-based-routing";

/** Models without a price in groups that are routed by price, each with the positions of its deployments. */
function unpriced({ router }: YamlRouter): ReadonlyMap<string, readonly number[]> {
  const groups = router.state().groups.filter((group) => group.strategy === byPrice && !group.name.includes("*"));
  const found = new Map<string, Set<number>>();
  for (const { provider, model, prices, position } of groups.flatMap(({ name }) => router.explain(name).deployments)) {
    if (prices.inputCostPerToken !== undefined && prices.outputCostPerToken !== undefined) continue;
    const name = `${provider}/${model}`;
    found.set(name, (found.get(name) ?? new Set()).add(position));
  }
  return new Map([...found].map(([name, positions]) => [name, [...positions].toSorted((one, other) => one - other)]));
}

/** Warns once per model without a price, at its first deployment. */
function unknownPrices(yaml: YamlRouter): readonly ConfigIssue[] {
  const { config } = yaml;
  return [...unpriced(yaml)].map(([model, [first = 0, ...others]]) => {
    const entry = config.entryOf[first] ?? first;
    const more =
      others.length === 0 ? "" : ` (and ${String(others.length)} other deployment${others.length === 1 ? "" : "s"})`;
    return {
      ...config.sourceOf(["model_list", entry, "litellm_params", "model"]),
      path: showPath(["model_list", entry]),
      message: `the price of ${model} is unknown${more}, so ${byPrice} tries it last. Set input_cost_per_token and output_cost_per_token.`,
    };
  });
}

/** How to read a file that will not be served. */
export interface CheckOptions {
  /** Errors become warnings where the rest can be used, and variables that are not set are among them. */
  readonly lenient?: boolean;
  readonly strict?: boolean;
  /**
   * Whether environment variables that are not set are errors. `false` assumes that all of them are set.
   * @defaultValue true
   */
  readonly env?: boolean;
  /** Further folders from which files may be included, besides the folder of the configuration. */
  readonly includeFrom?: readonly string[];
}

/** Loads a file without connecting to anything. */
export function readFile(file: string, { lenient, strict, env, includeFrom }: CheckOptions): Promise<YamlRouter> {
  return routerFromYaml(
    { file },
    {
      offline: true,
      // The commands print the warnings themselves.
      logger: silentLogger,
      lenient: lenient ?? false,
      strict: strict ?? false,
      assumeEnvironment: env === false || lenient === true,
      includeFrom: includeFrom ?? [],
    },
  );
}

/** Whether a file can be served, and what is wrong with it. Printed by `modelyard check --json`. */
export interface CheckResult {
  readonly file: string;
  readonly valid: boolean;
  readonly errors: readonly ConfigIssue[];
  /** How many errors there are, if `errors` contains only the first ones. */
  readonly errorCount: number;
  readonly warnings: readonly ConfigIssue[];
  /** Environment variables that are not set here, and were assumed to be. */
  readonly assumed: readonly string[];
  /** How many deployments are skipped because they cannot be called here. */
  readonly unserved: number;
  readonly groups: readonly {
    readonly name: string;
    readonly deployments: number;
    readonly strategy: string;
  }[];
  /** The providers, callbacks and the cache that are modules. */
  readonly modules: readonly Pick<NamedModule, "module" | "part">[];
}

/** Validates a file without serving it or connecting to anything. */
export async function check(file: string, options: CheckOptions = {}): Promise<CheckResult> {
  let yaml: YamlRouter;
  try {
    yaml = await readFile(file, options);
  } catch (thrown) {
    const result = failed(file, thrown);
    const others = options.strict === true ? [] : await otherWarnings(file, options, result.errors);
    return { ...result, warnings: others };
  }
  const { groups } = yaml.router.state();
  const { config, unserved } = yaml;
  // Otherwise, a variable that is not set is an error.
  const unset = options.env === false || options.lenient === true ? unsetVariables(yaml) : [];
  const warnings = inFileOrder([
    ...(options.lenient === true ? unset : []).map(({ path, name }) => ({
      ...config.sourceOf(path),
      path: showPath(path),
      message: `the environment variable ${name} is not set here.`,
      kind: "unset_variable",
    })),
    ...warningsOf(yaml),
  ]);
  await yaml.close();
  const empty: ConfigIssue = {
    path: "model_list",
    message: "there is no model group. Add an entry to model_list.",
    file,
    line: 0,
    column: 0,
  };
  const errors = groups.length === 0 ? [empty] : [];
  return {
    file,
    valid: errors.length === 0,
    errors,
    errorCount: errors.length,
    warnings,
    assumed: [...new Set(unset.map(({ name }) => name))].toSorted(),
    unserved: unserved.length,
    groups: groups.map(({ name, deployments, strategy }) => ({ name, deployments: deployments.length, strategy })),
    modules: namedModules(config).map(({ part, module }) => ({ part, module })),
  };
}

/** Sorts issues file by file, from top to bottom. Those without a place come last. */
function inFileOrder(issues: readonly ConfigIssue[]): readonly ConfigIssue[] {
  const files = [...new Set(issues.map((issue) => issue.file))];
  const rank = ({ file, line }: ConfigIssue): number => (line === 0 ? files.length : files.indexOf(file));
  return issues.toSorted((one, other) => rank(one) - rank(other) || one.line - other.line || one.column - other.column);
}

/** Variables that the file needs and that are not set: those that it names, and those that providers read themselves. */
function unsetVariables(yaml: YamlRouter): readonly Pick<EnvironmentReference, "name" | "path">[] {
  const { config, router } = yaml;
  const named = config.references.filter(({ isSet }) => !isSet);
  const env = { ...process.env, ...config.environment };
  const deployments = router.state().groups.flatMap(({ name }) => router.explain(nameCoveredBy(name)).deployments);
  const implied = deployments.flatMap((deployment) =>
    connectionOf(yaml, deployment, env).missing.map((name) => {
      const entry = config.entryOf[deployment.position] ?? deployment.position;
      return { name, path: ["model_list", entry, "litellm_params"] };
    }),
  );
  const known = new Set<string>();
  return [...named, ...implied].filter(({ name, path }) => {
    const key = JSON.stringify([name, path]);
    const isNew = !known.has(key);
    known.add(key);
    return isNew;
  });
}

/** All warnings about a file that can be used. */
function warningsOf(yaml: YamlRouter): readonly ConfigIssue[] {
  // The router warns about unknown prices too, but once per group and without the place in the file.
  return [...yaml.issues.filter(({ kind }) => kind !== "unknown_price"), ...unknownPrices(yaml)];
}

/**
 * The warnings about a file with errors, so that all problems are reported at once. Some arise only when a router is
 * created, which is tried in lenient mode. They are not known if an error concerns a whole deployment, because a group
 * that lacks it would cause wrong warnings.
 */
async function otherWarnings(
  file: string,
  { includeFrom }: CheckOptions,
  errors: readonly ConfigIssue[],
): Promise<readonly ConfigIssue[]> {
  try {
    const yaml = await readFile(file, { lenient: true, ...(includeFrom === undefined ? {} : { includeFrom }) });
    const { entryOf, credentialOf } = yaml.config;
    await yaml.close();
    if (new Set(entryOf).size < credentialOf.length) return [];
    const placeOf = (issue: ConfigIssue): string => JSON.stringify([issue.file, issue.line, issue.column, issue.path]);
    const known = new Set(errors.map(placeOf));
    // Warnings without a place are about whole groups, and may be consequences of an error, too.
    return warningsOf(yaml).filter((issue) => issue.line > 0 && !known.has(placeOf(issue)));
  } catch {
    return [];
  }
}

/** @throws what is not about the file, i.e. our own errors */
function failed(file: string, thrown: unknown): CheckResult {
  if (!RouterError.isInstance(thrown)) throw thrown;
  const errors =
    thrown instanceof ConfigError
      ? thrown.issues
      : [{ path: thrown.param ?? "", message: thrown.message, file: "", line: 0, column: 0 }];
  const errorCount = thrown instanceof ConfigError ? thrown.count : errors.length;
  return { file, valid: false, errors, errorCount, warnings: [], assumed: [], unserved: 0, groups: [], modules: [] };
}
