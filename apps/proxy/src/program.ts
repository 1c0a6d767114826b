import { didYouMean } from "@modelyard/core/kit";
import { Command, InvalidArgumentError, Option } from "commander";
import type { CheckOptions } from "./check.js";
import { version } from "./version.js";

function port(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 65_535)
    throw new InvalidArgumentError("It must be a whole number from 0 to 65535.");
  return value;
}

function seconds(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0)
    throw new InvalidArgumentError("It must be a number of seconds, 0 or more.");
  return value;
}

function workers(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 1_024)
    throw new InvalidArgumentError("It must be a whole number from 1 to 1024.");
  return value;
}

function secondsAboveZero(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError("It must be a number of seconds above 0.");
  return value;
}

function fileName(text: string): string {
  // A shell passes an unset variable as an empty string.
  if (text === "") throw new InvalidArgumentError("A file name is required.");
  return text;
}

function collected(folder: string, before: readonly string[] = []): readonly string[] {
  return [...before, fileName(folder)];
}

/** The option for further folders of included files. */
function includeFrom(): Option {
  return new Option("--include-from <folder>", "a folder from which files may be included; can be repeated").argParser(
    collected,
  );
}

/** The option `--strict`, which cannot be combined with `--lenient`. */
function strict(): Option {
  return new Option("--strict", "treat warnings as errors").conflicts("lenient");
}

/** The error message for an unknown command. */
function noCommand(word: string): string {
  if (/\.(?:ya?ml|json)$/iu.test(word)) return `error: name the file with --config: modelyard --config ${word}`;
  const names = program.commands.map((command) => command.name());
  return `error: unknown command "${word}".${didYouMean(word, names)} See modelyard --help.`;
}

interface CheckCommand extends CheckOptions {
  readonly config?: string;
}

interface ExplainCommand extends CheckOptions {
  readonly config?: string;
  readonly model?: string;
  readonly json?: boolean;
}

// The reader of the output may close it early, as in `modelyard schema | head`, which is not an error.
process.stdout.on("error", ({ code, message }: NodeJS.ErrnoException) => {
  if (code === "EPIPE") return;
  process.stderr.write(`Standard output cannot be written: ${message}\n`);
  process.exitCode = 1;
});
// If standard error cannot be written, there is nowhere left to report that.
process.stderr.on("error", () => undefined);

const program = new Command("modelyard")
  .description("An OpenAI-compatible LLM proxy that runs LiteLLM's YAML.")
  .version(version())
  .addHelpText(
    "after",
    `
Without a command, modelyard serves: "modelyard --config config.yaml". See "modelyard serve --help" for its options.
MODELYARD_LOG sets the log level: debug (every call and attempt), info (the default), warn, error or silent.`,
  );

program
  .command("serve", { isDefault: true })
  // `serve` is the default command, so unknown commands arrive here as arguments.
  .allowExcessArguments()
  .description("Serve a configuration, or the demo if none is given.")
  .option("-c, --config <file>", "LiteLLM's YAML", fileName)
  .option("-p, --port <number>", "port (default: 4000)", port)
  .option("--host <address>", "address (default: 127.0.0.1, or 0.0.0.0 with a master key)")
  .option("--lenient", "treat errors in the file as warnings where possible")
  .addOption(strict())
  .addOption(includeFrom())
  .option("--drain-seconds <seconds>", "how long running requests may continue after SIGTERM (default: 30)", seconds)
  .option("--no-watch", "do not reload the file when it changes")
  .option("-w, --workers <number>", "processes that share the port (default: 1)", workers)
  .option(
    "--worker-timeout <seconds>",
    "replace a worker that does not respond for this long (default: 15)",
    secondsAboveZero,
  )
  // LiteLLM's options, so that a container's command needs no change.
  .addOption(new Option("--num_workers <number>").argParser(workers).hideHelp())
  .addOption(new Option("--debug").hideHelp())
  .addOption(new Option("--detailed_debug").hideHelp())
  .action(
    async (
      options: {
        config?: string;
        port?: number;
        host?: string;
        lenient?: boolean;
        strict?: boolean;
        includeFrom?: readonly string[];
        drainSeconds?: number;
        watch?: boolean;
        workers?: number;
        num_workers?: number;
        workerTimeout?: number;
        debug?: boolean;
        detailed_debug?: boolean;
      },
      command: Command,
    ) => {
      const [unknown] = command.args;
      if (unknown !== undefined) return program.error(noCommand(unknown));
      if (options.debug === true || options.detailed_debug === true) process.env["MODELYARD_LOG"] ??= "debug";
      const { serve } = await import("./serve.js");
      const processes = options.workers ?? options.num_workers;
      await serve(processes === undefined ? options : { ...options, workers: processes });
    },
  );

program
  .command("check")
  .description("Validate a configuration without serving it.")
  .argument("[file]", "LiteLLM's YAML", fileName)
  .option("-c, --config <file>", "same as [file]", fileName)
  .option("--lenient", "treat errors in the file as warnings where possible")
  .addOption(strict())
  .option("--no-env", "assume that all environment variables are set, to check a file without its secrets")
  .addOption(includeFrom())
  .action(async (file: string | undefined, { config, ...options }: CheckCommand) => {
    const path = file ?? config;
    if (path === undefined) return program.error("error: name a file: modelyard check config.yaml");
    const { check } = await import("./check.js");
    process.stdout.write(await check(path, options));
  });

program
  .command("explain")
  .description(
    "Show which deployments would serve a model name, with their order, limits, timeouts, retries and fallbacks.",
  )
  .argument("[file]", "LiteLLM's YAML", fileName)
  .option("-c, --config <file>", "same as [file]", fileName)
  .option("-m, --model <name>", "the model name a client would send (required)")
  .option("--lenient", "treat errors in the file as warnings where possible")
  .addOption(strict())
  .addOption(includeFrom())
  .option("--json", "print JSON")
  .action(async (file: string | undefined, { config, model, ...options }: ExplainCommand) => {
    const path = file ?? config;
    if (path === undefined || model === undefined)
      return program.error("error: name a file and a model: modelyard explain config.yaml --model gpt-4");
    const { explainFile } = await import("./explain.js");
    const { text, found } = await explainFile(path, { ...options, model });
    process.stdout.write(text);
    if (!found) process.exitCode = 1;
  });

program
  .command("schema")
  .description("Print the JSON Schema of the configuration, for editors and other tools.")
  .action(async () => {
    const { configJsonSchema } = await import("modelyard");
    process.stdout.write(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
  });

try {
  await program.parseAsync();
  process.exitCode ??= 0;
} catch (error) {
  // Log lines are written at the end of the turn. Wait for it, so that they come first.
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
