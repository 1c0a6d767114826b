import { parseArgs, type ParseArgsConfig } from "node:util";
import { didYouMean } from "@modelyard/core/kit";
import { isPackageManager, type PackageManager, packageManagers } from "./package-managers.js";
import { isTemplateName, type TemplateName, templateNames, templates } from "./templates.js";
import { UsageError } from "./usage-error.js";

/** What the command line says. What it does not say is asked for, or has a default. */
export interface Arguments {
  readonly folder?: string;
  readonly template?: TemplateName;
  readonly packageManager?: PackageManager;
  readonly install?: boolean;
  /** Takes the defaults instead of asking. */
  readonly yes: boolean;
  readonly show?: "help" | "version";
}

const options = {
  template: { type: "string", short: "t" },
  "package-manager": { type: "string", short: "p" },
  install: { type: "boolean" },
  yes: { type: "boolean", short: "y" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean", short: "v" },
} as const satisfies ParseArgsConfig["options"];

const flags = [...Object.keys(options), "no-install"].map((name) => `--${name}`);

export const help = `Usage: npm create modelyard [folder] -- [options]

Writes a project with its tests. In a terminal, it asks for what the command line does not say.

  -t, --template <name>         what to write:
${templateNames.map((name) => `${" ".repeat(32)}${name.padEnd(10)}${templates[name].title}`).join("\n")}
  -p, --package-manager <name>  ${packageManagers.join(", ")} (default: the one that runs this)
      --no-install              do not install the dependencies
  -y, --yes                     ask nothing (default: a router in modelyard-app)
  -h, --help                    print this
  -v, --version                 print the version

Example: npm create modelyard my-app -- --template proxy --package-manager pnpm --no-install
`;

/** @throws {@link UsageError} for arguments that it does not know */
export function readArguments(args: readonly string[]): Arguments {
  const { values, positionals, tokens } = parseArgs({
    args: [...args],
    options,
    allowPositionals: true,
    allowNegative: true,
    // Without `strict`, unknown options get our own message.
    strict: false,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    const { name, rawName } = token;
    const isNegated = rawName.startsWith("--no-") && name !== "install" && name !== "no-install";
    if (isNegated || !flags.includes(`--${name}`))
      throw new UsageError(`Unknown option "${rawName}".${didYouMean(rawName, flags)} See --help.`);
  }
  if (positionals.length > 1)
    throw new UsageError(
      `Expected one folder, got ${positionals.map((folder) => `"${folder}"`).join(" and ")}. With npm, options come after two dashes: npm create modelyard my-app -- --template router`,
    );
  const [folder] = positionals;
  const template = named("template", values["template"], templateNames, isTemplateName);
  const packageManager = named("package-manager", values["package-manager"], packageManagers, isPackageManager);
  const { install } = values;
  return {
    ...(folder === undefined ? {} : { folder }),
    ...(template === undefined ? {} : { template }),
    ...(packageManager === undefined ? {} : { packageManager }),
    ...(typeof install === "boolean" ? { install } : {}),
    yes: values["yes"] === true,
    ...(values["help"] === true ? { show: "help" } : values["version"] === true ? { show: "version" } : {}),
  };
}

/** The value of an option that has a fixed list of values. */
function named<Name extends string>(
  option: string,
  value: unknown,
  names: readonly Name[],
  isName: (name: string) => name is Name,
): Name | undefined {
  if (value === undefined) return undefined;
  const list = names.join(", ");
  if (typeof value !== "string" || value === "") throw new UsageError(`--${option} needs a value: ${list}.`);
  if (isName(value)) return value;
  throw new UsageError(`--${option}: there is no "${value}".${didYouMean(value, names) || ` Choose one of ${list}.`}`);
}
